;;; lsp-mode-test.el --- Beside the person's own server, with lsp-mode  -*- lexical-binding: t -*-

(define-derived-mode pland-test-other-mode prog-mode "Other"
  "A language with a server of its own.")

(lsp-register-client
 (make-lsp-client :new-connection (lsp-stdio-connection (list (expand-file-name "other-server.pl" pland-test-here)))
                  :major-modes '(pland-test-other-mode)
                  :server-id 'other))
(add-to-list 'lsp-language-id-configuration '(pland-test-other-mode . "other"))

(defun pland-test-texts ()
  "Texts of all diagnostics of this buffer, sorted."
  (sort (mapcar #'flymake-diagnostic-text (flymake-diagnostics)) #'string<))

(defun pland-test-servers ()
  "Ids of the servers of this buffer, sorted."
  (sort (mapcar (lambda (workspace) (symbol-name (lsp--client-server-id (lsp--workspace-client workspace))))
                (lsp-workspaces))
        #'string<))

(ert-deftest pland-beside-another-server ()
  "The person's own server stays in charge of its files, and pland's conflicts are shown there too."
  (let ((auto-mode-alist (cons '("\\.txt\\'" . pland-test-other-mode) auto-mode-alist)))
    (pland-test-with-project (root)
      (lsp-workspace-folders-add (directory-file-name root))
      (pland-test-open (concat root "greet.txt"))
      (lsp)
      (pland-test-eventually "the other server has its file" (= 1 (length (pland-test-texts))))
      (let ((project (pland-test-open-plan root)))
        (call-interactively #'pland-spawn)
        (pland-test-open (concat root "greet.txt"))
        (should (equal '("other" "pland") (pland-test-servers)))
        (pland-test-eventually "both are shown"
          (let ((texts (pland-test-texts)))
            (and (= 2 (length texts)) (cl-some (lambda (text) (string-match-p "other server" text)) texts))))
        (pland-test-wait-state project "errored")
        ;; A file that gets both at once, by the person's own call.
        (pland-test-open (concat root "list.txt"))
        (lsp)
        (should (equal '("other" "pland") (pland-test-servers)))
        (pland-test-open (concat root "greet.txt"))
        (pland-test-kill project)
        (pland-test-eventually "ours is back, once" (= 2 (length (pland-test-texts))))
        (should (equal '("other" "pland") (pland-test-servers)))
        (setq project (pland-test-eventually "its plan is known" (and (pland-plans (car pland-projects)) (car pland-projects))))
        ;; lsp-mode's own code actions.
        (goto-char (point-min))
        (forward-line 1)
        (forward-char 8)
        (let ((action (seq-find (lambda (action) (string-match-p "theirs\\|casual" (lsp:code-action-title action)))
                                (lsp-code-actions-at-point))))
          (lsp-execute-code-action action))
        (pland-test-eventually "only the other server's is left"
          (let ((texts (pland-test-texts)))
            (and (= 1 (length texts)) (string-match-p "other server" (car texts)))))))))
;;; lsp-mode-test.el ends here
