;;; eglot-test.el --- Beside the person's own server, with Eglot  -*- lexical-binding: t -*-

(define-derived-mode pland-test-other-mode prog-mode "Other"
  "A language with a server of its own.")

(defun pland-test-texts ()
  "Texts of all diagnostics of this buffer, sorted."
  (sort (mapcar #'flymake-diagnostic-text (flymake-diagnostics)) #'string<))

(ert-deftest pland-beside-another-server ()
  "The person's own server stays in charge of its files, and pland's conflicts are shown there too."
  (let ((eglot-server-programs (cons (list 'pland-test-other-mode (expand-file-name "other-server.pl" pland-test-here))
                                     eglot-server-programs))
        (auto-mode-alist (cons '("\\.txt\\'" . pland-test-other-mode) auto-mode-alist)))
    (pland-test-with-project (root)
      (pland-test-open (concat root "list.txt"))
      (apply #'eglot--connect (eglot--guess-contact))
      (let ((other (pland-test-eventually "the other server manages its file" (eglot-current-server))))
        (should-not (cl-typep other 'pland-eglot-server))
        (unwind-protect
            (let ((project (pland-test-open-plan root)))
              (should (cl-typep (eglot-current-server) 'pland-eglot-server))
              (call-interactively #'pland-spawn)
              ;; One file that the other server had before ours came, one that it gets later.
              (pland-test-open (concat root "greet.txt"))
              (should (eglot-managed-p))
              (should (eq other (eglot-current-server)))
              (pland-test-eventually "both are shown"
                (let ((texts (pland-test-texts)))
                  (and (= 2 (length texts))
                       (cl-some (lambda (text) (string-match-p "other server" text)) texts)
                       (cl-some (lambda (text) (string-match-p "merge-conflict" text)) texts))))
              (pland-test-wait-state project "errored")
              ;; The other server goes and comes: ours stays.
              (eglot-reconnect other)
              (setq other (pland-test-eventually "the other server is back" (and (eglot-managed-p) (eglot-current-server))))
              (pland-test-eventually "both are shown again"
                (let ((texts (pland-test-texts)))
                  (and (= 2 (length texts)) (cl-some (lambda (text) (string-match-p "merge-conflict" text)) texts))))
              ;; Ours goes and comes: the other one stays.
              (pland-test-kill project)
              (pland-test-eventually "ours is back, once" (= 2 (length (pland-test-texts))))
              (should (eq other (eglot-current-server)))
              (setq project (car pland-projects))
              (goto-char (point-min))
              (forward-line 1)
              (pland-test-answering '("theirs\\|casual") (call-interactively #'pland-code-actions))
              (pland-test-eventually "only the other server's is left"
                (let ((texts (pland-test-texts)))
                  (and (= 1 (length texts)) (string-match-p "other server" (car texts))))))
          (eglot-shutdown other))))))

(ert-deftest pland-lenses-are-overlays ()
  "Code lenses stand behind their lines, and run from the keyboard."
  (pland-test-with-project (root)
    (pland-test-open-plan root)
    (pland-test-eventually "the lenses are shown" pland--lenses)
    (goto-char (point-min))
    (should (string-match-p "Spawn" (overlay-get (car (last (overlays-in (point) (line-end-position)))) 'after-string)))
    (pland-test-answering '("Spawn") (pland-lens))
    (pland-test-eventually "a subplan's lens says how it went"
      (cl-some (lambda (overlay) (string-match-p "done" (overlay-get overlay 'after-string))) pland--lenses))))

(ert-deftest pland-no-file-of-its-own ()
  "Starting the server without a plan file makes none known."
  (pland-test-with-project (root)
    (pland-test-open (concat root "list.txt"))
    (pland-start)
    (let ((project (pland-test-eventually "it starts" (pland-project-of-file buffer-file-name))))
      (pland-call project "status")
      (should (zerop (hash-table-count (pland-project-diagnostics project)))))))

(ert-deftest pland-other-checkers-stay-out ()
  "Where nobody turned Flymake on, only conflicts are shown: no other checker is started."
  (pland-test-with-project (root)
    (let ((project (pland-test-open-plan root)))
      (pland-test-open (concat root "code.c"))
      (should-not flymake-mode)
      (pland-spawn (concat root "greeting.plan.yaml"))
      (pland-test-wait-state project "errored")
      (pland-test-eventually "the conflict is shown" (pland-test-diagnostics "merge-conflict"))
      (should (equal '(pland-flymake) flymake-diagnostic-functions)))))
;;; eglot-test.el ends here
