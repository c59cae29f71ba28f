;;; commands-test.el --- A command for each verb  -*- lexical-binding: t -*-

(defun pland-test-documented-verbs ()
  "Verbs that server/README.md lists."
  (with-temp-buffer
    (insert-file-contents (expand-file-name "../../../server/README.md" pland-test-here))
    (let (verbs)
      (while (re-search-forward "^### `pland/\\([a-z]+\\)`" nil t) (push (match-string 1) verbs))
      (sort verbs #'string<))))

(ert-deftest pland-each-verb-is-a-command ()
  "Every verb of the wire is an interactive command, and says what to do where there is no server."
  (should (> (length (pland-test-documented-verbs)) 10))
  (with-temp-buffer
    (setq default-directory temporary-file-directory)
    (dolist (verb (pland-test-documented-verbs))
      (let ((command (intern (concat "pland-" verb))))
        (should (commandp command))
        (should (where-is-internal command (list pland-command-map)))
        (unless (member verb '("spawn" "use" "checkpoint"))
          (should (string-match-p "pland-start\\|open a plan file"
                                  (error-message-string (should-error (call-interactively command)
                                                                      :type 'user-error)))))))))

(ert-deftest pland-server-offers-these-verbs ()
  "The server offers the verbs that there are commands for."
  (pland-test-with-project (root)
    (let* ((project (pland-test-open-plan root))
           (server (pland-project-server project))
           (offered (if (eq pland-test-client 'eglot)
                        (plist-get (plist-get (plist-get (eglot--capabilities server) :experimental) :pland) :verbs)
                      (gethash "verbs" (gethash "pland" (gethash "experimental"
                                                                 (lsp--workspace-server-capabilities server)))))))
      (should (equal (pland-test-documented-verbs) (sort (append offered nil) #'string<)))
      (when (eq pland-test-client 'lsp-mode)
        (let ((handled (hash-table-keys (lsp--client-action-handlers (lsp--workspace-client server)))))
          (should (equal (mapcar (lambda (verb) (concat "pland." verb)) (pland-test-documented-verbs))
                         (sort handled #'string<))))))))

(ert-deftest pland-look-commands ()
  "Diff, log, checkpoints: what they show."
  (pland-test-with-project (root)
    (let ((project (pland-test-open-plan root)))
      (call-interactively #'pland-spawn)
      (pland-test-wait-state project "errored")
      (pland-test-answering '("polite of") (call-interactively #'pland-diff))
      (with-current-buffer "*pland diff: polite*"
        (should (derived-mode-p 'diff-mode))
        (should (string-match-p "^\\+beta of polite" (buffer-string)))
        (should buffer-read-only))
      (pland-test-answering '("tidy of") (call-interactively #'pland-log))
      (with-current-buffer "*pland log: tidy*"
        (should (equal "swept\n" (buffer-string))))
      (call-interactively #'pland-doctor)
      (with-current-buffer "*pland doctor*"
        (should (string-match-p "good     supervisor" (buffer-string)))
        (should (string-match-p "of it sandboxes" (buffer-string))))
      (pland-test-answering '("tidy of") (pland-checkpoint "by hand ü"))
      (pland-test-answering '("greeting") (call-interactively #'pland-checkpoints))
      (should (string-match-p "by hand ü" (buffer-string)))
      (goto-char (point-min))
      (pland-list-preview-rollback)
      (with-current-buffer "*pland rollback*" (should (string-match-p "would do this" (buffer-string)))))))

(ert-deftest pland-cancel-and-retry ()
  "A running plan is cancelled, and goes on when retried."
  (pland-test-with-project (root :files '(("a.txt" . "a\n")
                                          ("slow.plan.yaml" . "plan: local/slow
goal: Waits for a file
subplans:
  - name: waits
    run: while [ ! -e \"$GO\" ]; do sleep 0.05; done; echo c > c.txt
")))
    (let* ((go (concat (make-temp-file "pland-go-" t) "/go"))
           (process-environment (cons (concat "GO=" go) process-environment))
           (project (pland-test-open-plan root "slow.plan.yaml")))
      (call-interactively #'pland-spawn)
      (pland-test-eventually "it runs" (= 1 (pland-in-state (pland-test-plan project) "processing")))
      (should (string-match-p "1 running" pland--mode-line))
      ;; A second spawn of the same file: refused, or the first is replaced when the person says so.
      (cl-letf (((symbol-function 'yes-or-no-p) #'ignore))
        (should-error (pland-spawn buffer-file-name) :type 'pland-refused))
      (pland-test-answering '("\\`local/slow") (call-interactively #'pland-cancel))
      (pland-test-wait-state project "cancelled")
      (pland-test-write go "")
      (pland-test-answering '("\\`local/slow") (call-interactively #'pland-retry))
      (pland-test-wait-state project "complete")
      (should (string-match-p "to apply" pland--mode-line))
      (should (string-match-p "slow is done and merged" (pland-test-last-messages))))))

(ert-deftest pland-newest-plan-of-a-file-counts ()
  "A plan that a newer one of its file replaced is neither counted nor asked about."
  (pland-test-with-project (root :files '(("r.plan.yaml" . "plan: local/repeated
goal: Run twice
subplans:
  - {name: a, run: \"echo a > a.txt\"}
")))
    (let ((project (pland-test-open-plan root "r.plan.yaml")))
      (dotimes (_ 2)
        (call-interactively #'pland-spawn)
        (pland-test-wait-state project "complete"))
      (pland-test-eventually "both are known" (= 2 (length (pland-all-plans project))))
      (should (= 1 (length (pland-plans project))))
      (pland-test-eventually "one is counted" (string-match-p " 1 to apply" pland--mode-line))
      ;; Whoever asks here fails.
      (pland-test-answering nil (call-interactively #'pland-apply))
      (should (equal "a\n" (pland-test-read (concat root "a.txt")))))))

(ert-deftest pland-forgets-a-plan-that-is-gone ()
  "A plan that the server does not know any more is not shown for ever."
  (pland-test-with-project (root)
    (let ((project (pland-test-open-plan root)) (gone "01ARZ3NDEKTSV4RRFFQ69G5FAV"))
      ;; What was asked for at the start has been answered.
      (pland-call project "status")
      (pland--keep project (list :planId gone :name "local/gone" :phase "execute" :state "processing"))
      (pland-plan-changed (pland-project-server project) (list :planId gone :revision 7))
      (pland-test-eventually "it is forgotten" (null (pland-plan project gone))))))

(ert-deftest pland-plan-file-is-told-once ()
  "What is typed into a plan file comes to the server once: its text is that of the buffer."
  (pland-test-with-project (root :files '(("t.plan.yaml" . "plan: local/told
goal: Write what was typed
subplans:
  - {name: a, run: \"printf 'one\\\\n' > typed.txt\"}
")))
    (let ((project (pland-test-open-plan root "t.plan.yaml")))
      (dolist (word '("three words here" "two" "no more"))
        (goto-char (point-min))
        (re-search-forward "printf '\\([^\\\\]*\\)")
        (replace-match word t t nil 1)
        (pland-call project "status"))
      (call-interactively #'pland-spawn)
      (pland-test-wait-state project "complete")
      (pland-apply)
      (should (equal "no more\n" (pland-test-read (concat root "typed.txt")))))))

(ert-deftest pland-remedies-in-a-plan-file ()
  "A subplan that failed offers its remedies where it is written."
  (pland-test-with-project (root :files '(("f.plan.yaml" . "plan: local/fails
goal: Fail
subplan_defaults: {retry_failed: false}
subplans:
  - name: bad
    run: \"false\"
")))
    (let ((project (pland-test-open-plan root "f.plan.yaml")))
      (call-interactively #'pland-spawn)
      (pland-test-wait-state project "errored")
      (pland-test-eventually "the failure is shown" (pland-test-diagnostics "subplan-failed"))
      (goto-char (point-min))
      (search-forward "name: bad")
      (pland-test-answering '("[Rr]etry\\|[Aa]gain") (call-interactively #'pland-code-actions))
      (pland-test-eventually "it ran again"
        (let ((one (car (pland-subplans (pland-test-plan project)))))
          (and (equal "errored" (pland--state one)) (= 2 (plist-get one :attempt))))))))

(ert-deftest pland-mistakes-in-a-plan-file ()
  "Mistakes are shown while they are typed, at the right columns, and spawning says what is wrong."
  (pland-test-with-project (root :files '(("m.plan.yaml" . "{plan: local/mistake, goal: \"😀\", gaol: y, subplans: [{name: a, run: \"true\"}]}\n")))
    (let ((project (pland-test-open-plan root "m.plan.yaml")))
      (pland-test-eventually "the mistake is shown" (flymake-diagnostics))
      (let ((diagnostic (car (flymake-diagnostics))))
        (should (equal "gaol" (buffer-substring (flymake-diagnostic-beg diagnostic) (flymake-diagnostic-end diagnostic)))))
      (should-error (pland-spawn buffer-file-name) :type 'pland-refused)
      (goto-char (point-min))
      (search-forward "gaol")
      (replace-match "done")
      (pland-test-eventually "and goes when it is mended" (null (flymake-diagnostics)))
      (should project))))
;;; commands-test.el ends here
