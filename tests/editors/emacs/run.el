;;; run.el --- Runs the tests that fit the client  -*- lexical-binding: t -*-

(dolist (file (append '("main-job-test" "documents-test" "crash-test" "merge-test" "commands-test" "list-test"
                        "nested-test" "trust-test")
                      (list (if (eq pland-test-client 'eglot) "eglot-test" "lsp-mode-test"))))
  (load (expand-file-name file pland-test-here) nil t))

(let ((selector (getenv "PLAND_SELECTOR")))
  (ert-run-tests-batch-and-exit (if (member selector '("" "t")) t selector)))
;;; run.el ends here
