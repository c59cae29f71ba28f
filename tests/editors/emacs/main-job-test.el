;;; main-job-test.el --- Spawn, see, resolve, apply, roll back  -*- lexical-binding: t -*-

(ert-deftest pland-main-job ()
  "As a person does it: the whole way of a plan with two conflicts."
  (pland-test-with-project (root)
    (let* ((project (pland-test-open-plan root))
           (plan-buffer (current-buffer))
           (greet (pland-test-open (concat root "greet.txt"))))
      (with-current-buffer plan-buffer
        (should (derived-mode-p 'pland-plan-mode))
        (call-interactively #'pland-spawn))
      ;; The conflict comes to the source file.
      (set-buffer greet)
      (switch-to-buffer greet)
      (pland-test-eventually "the conflict is shown in the source file"
        (= 1 (length (pland-test-diagnostics "merge-conflict"))))
      (should (equal '(2 2) (pland-test-lines (car (pland-test-diagnostics "merge-conflict")))))
      (should (string-match-p "polite\\|casual" (flymake-diagnostic-text (car (pland-test-diagnostics)))))
      (pland-test-wait-state project "errored")
      (should (equal "first line\nsecond line 😀 says hello\nthird line\n" (buffer-string)))
      (should (= 1 (length (seq-filter (lambda (line) (string-match-p "greeting has 2 conflicts" line))
                                       (split-string (pland-test-last-messages) "\n")))))
      (should (string-match-p "2 conflicts" pland--mode-line))
      ;; Refused while conflicts are open, and the paths are named.
      (let ((refusal (should-error (pland-apply) :type 'pland-refused)))
        (should (string-match-p "greet.txt" (cadr refusal))))
      ;; The diagnostic follows what is typed above it.
      (goto-char (point-min))
      (insert "typed by hand\n")
      (pland-test-eventually "the conflict moves with the text"
        (equal '((3 3)) (mapcar #'pland-test-lines (pland-test-diagnostics "merge-conflict"))))
      ;; One by code action ...
      (goto-char (point-min))
      (search-forward "says")
      (pland-test-answering '("casual\\|theirs")
        (call-interactively #'pland-code-actions)
        (dolist (side '("polite\\|ours" "both" "base\\|before"))
          (should (cl-some (lambda (title) (string-match-p side title)) (cdar pland-test-asked)))))
      (pland-test-eventually "the conflict goes when a side is taken"
        (null (pland-test-diagnostics "merge-conflict")))
      (should (string-match-p "says hello" (buffer-string)))
      ;; ... and another between markers.
      (pland-test-open (concat root "code.c"))
      (pland-test-eventually "the other conflict is shown" (pland-test-diagnostics "merge-conflict"))
      (call-interactively #'pland-smerge)
      (should (bound-and-true-p smerge-mode))
      (should-error (pland-smerge-finish) :type 'user-error) ; markers are left
      (goto-char (point-min))
      (re-search-forward "^<<<<<<<")
      (smerge-match-conflict)
      (smerge-keep-lower)
      (goto-char (point-min))
      (search-forward "return 22")
      (replace-match "return 42")
      (pland-smerge-finish)
      (pland-test-eventually "no conflict is left"
        (zerop (pland--open (pland-test-plan project))))
      (pland-test-wait-state project "complete")
      ;; Apply: open buffers change in place, others on disk.
      (set-buffer plan-buffer)
      (let ((old (pland-test-open (concat root "old.txt"))))
        (pland-test-eventually "the file is followed"
          (if (eq pland-test-client 'eglot) pland-mode lsp--buffer-workspaces))
        (call-interactively #'pland-apply)
        (pland-test-eventually "the file that the plan deletes is gone"
          (not (file-exists-p (concat root "old.txt"))))
        (should-not (buffer-live-p old)))
      (with-current-buffer greet
        (should (equal "typed by hand\nfirst line\nsecond line 😀 says hi\nthird line\n" (buffer-string)))
        (should (buffer-modified-p)))
      (should (equal "first line\nsecond line 😀 says hello\nthird line\n" (pland-test-read (concat root "greet.txt"))))
      (should (equal "alpha\nbeta of polite\ngamma\ndelta\nepsilon\nzeta of casual\neta\n"
                     (pland-test-read (concat root "list.txt"))))
      (with-current-buffer (find-buffer-visiting (concat root "code.c"))
        (should (string-match-p "return 42" (buffer-string))))
      ;; The editor's own undo takes the edit back in one step.
      (with-current-buffer greet
        (undo-boundary)
        (let (last-command) (undo))
        (should (equal "typed by hand\nfirst line\nsecond line 😀 says hello\nthird line\n" (buffer-string)))
        (undo-boundary))
      (pland-test-clean-repository root))))

(ert-deftest pland-undo-of-apply ()
  "What apply wrote on disk and into buffers, undo takes back."
  (pland-test-with-project (root)
    (let ((project (pland-test-open-plan root)))
      (call-interactively #'pland-spawn)
      (pland-test-wait-state project "errored")
      (dolist (conflict (pland-open-conflicts project))
        (pland-resolve-conflict project conflict "ours"))
      (pland-test-wait-state project "complete")
      (pland-apply)
      (should (string-match-p "beta of polite" (pland-test-read (concat root "list.txt"))))
      (pland-undo)
      (should (equal (alist-get "list.txt" pland-test-files nil nil #'equal)
                     (pland-test-read (concat root "list.txt"))))
      (should (file-exists-p (concat root "old.txt"))))))

(ert-deftest pland-rollback-asks-first ()
  "Rolling back says what it would do, and does it only when told so."
  (pland-test-with-project (root)
    (let ((project (pland-test-open-plan root)) asked)
      (call-interactively #'pland-spawn)
      (pland-test-wait-state project "errored")
      (let ((before (plist-get (pland-test-plan project) :revision)))
        (cl-letf (((symbol-function 'yes-or-no-p)
                   (lambda (&rest _)
                     (setq asked (with-current-buffer "*pland rollback*" (buffer-string)))
                     nil)))
          (pland-test-answering '("greeting") (should-error (pland-rollback) :type 'user-error)))
        (should (string-match-p "would do this" asked))
        (pland-refresh project)
        (should (equal before (plist-get (pland-call project "status" (list :planId (plist-get (pland-test-plan project) :planId)))
                                         :revision))))
      (cl-letf (((symbol-function 'yes-or-no-p) #'always))
        ;; The first of the run: the last of the choices.
        (cl-letf (((symbol-function 'completing-read)
                   (lambda (_prompt table &rest _) (car (last (all-completions "" table))))))
          (pland-rollback)))
      (pland-test-eventually "the plan waits for somebody to go on"
        (pland-awaits-input-p (pland-test-plan project)))
      (pland-test-open (concat root "greet.txt"))
      (pland-test-eventually "the conflicts of what was rolled back are gone"
        (and (null (pland-test-diagnostics "merge-conflict")) (null (pland-open-conflicts project))))
      (pland-test-clean-repository root))))
;;; main-job-test.el ends here
