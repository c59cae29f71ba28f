;;; trust-test.el --- Nothing runs before it was seen and allowed  -*- lexical-binding: t -*-

(defun pland-test-trace-plan (name word trace)
  "A plan called NAME whose command adds WORD to the file TRACE."
  (format "plan: local/%s
goal: Leave a trace
setup: [touch prepared]
subplans:
  - {name: trace, goal: Leave it, run: \"echo %s >> '%s'\"}
" name word trace))

(defvar pland-test-questions nil "What was asked: the prompt and what was shown with it, newest first.")

(defmacro pland-test-saying (answer &rest body)
  "Run BODY for a person who answers every question by the value of ANSWER."
  (declare (indent 1))
  `(cl-letf (((symbol-function 'y-or-n-p)
              (lambda (prompt)
                (push (cons prompt (with-current-buffer "*pland commands*" (buffer-string))) pland-test-questions)
                ,answer)))
     ,@body))

(ert-deftest pland-asks-before-commands-run ()
  "The person is asked once for each text of a plan file; refused, nothing runs."
  (let* ((trace (concat (make-temp-file "pland-trace-" t) "/ran"))
         (pland-confirm-commands t)
         (pland-approved-file (concat (make-temp-file "pland-approved-" t) "/new/approved"))
         pland-test-questions)
    (pland-test-with-project (root :files `(("one.plan.yaml" . ,(pland-test-trace-plan "one" "first" trace))
                                            ("two.plan.yaml" . ,(pland-test-trace-plan "two" "other" trace))))
      (let* ((project (pland-test-open-plan root "one.plan.yaml"))
             (traces (lambda () (and (file-exists-p trace) (split-string (pland-test-read trace) "\n" t))))
             (plans (lambda () (length (plist-get (pland-call project "status") :plans)))))
        (pland-test-saying nil (should-error (call-interactively #'pland-spawn) :type 'user-error))
        (should (equal "Run the commands of one.plan.yaml? " (caar pland-test-questions)))
        (should (string-match-p (format "^  touch prepared\n  echo first >> '%s'$" (regexp-quote trace))
                                (cdar pland-test-questions)))
        ;; The lens asks as well.
        (pland-test-saying nil
          (should-error (pland-run-command project "pland.spawn" (vector (list :uri (pland-path-to-uri buffer-file-name))))
                        :type 'user-error))
        (should (= 2 (length pland-test-questions)))
        (should (= 0 (funcall plans)))
        ;; A batch Emacs has nobody to ask.
        (cl-letf (((symbol-function 'y-or-n-p) (lambda (_) (signal 'end-of-file nil))))
          (should (string-match-p "pland-confirm-commands"
                                  (error-message-string (should-error (call-interactively #'pland-spawn))))))
        (should (= 0 (funcall plans)))
        ;; Allowed, once.
        (pland-test-saying t (call-interactively #'pland-spawn))
        (pland-test-wait-state project "complete")
        (should (equal '("first") (funcall traces)))
        (should (= 3 (length pland-test-questions)))
        (pland-test-saying nil (call-interactively #'pland-spawn))
        (pland-test-eventually "it runs again" (equal '("first" "first") (funcall traces)))
        (should (= 3 (length pland-test-questions)))
        (pland-test-wait-state project "complete")
        ;; Another text, which is not saved.
        (goto-char (point-min))
        (search-forward "echo first")
        (replace-match "echo second")
        (pland-test-saying nil (should-error (call-interactively #'pland-spawn) :type 'user-error))
        (should (string-match-p "echo second" (cdar pland-test-questions)))
        (should (= 2 (funcall plans)))
        ;; A plan that was allowed may go on, whatever its file says by now: only the server is asked.
        (pland-test-saying nil
          (should-error (pland--do-retry project (list :planId (plist-get (pland-test-plan project) :planId)))
                        :type 'pland-refused))
        (should (= 4 (length pland-test-questions)))
        ;; The text is changed while the question stands.
        (let ((answers 0))
          (cl-letf (((symbol-function 'y-or-n-p)
                     (lambda (_)
                       (cl-incf answers)
                       (when (= answers 1)
                         (goto-char (point-min))
                         (search-forward "echo second")
                         (replace-match "echo unseen")
                         t))))
            (should-error (call-interactively #'pland-spawn) :type 'user-error))
          (should (= 2 answers)))
        (should (= 2 (funcall plans)))
        ;; A plan that nobody was asked about: it was only created.
        (let* ((file (concat root "two.plan.yaml"))
               (made (pland-use file))
               (again (list :subplanId (plist-get (elt (plist-get made :children) 0) :subplanId)))
               (start (list :planId (plist-get made :planId))))
          (should (= 4 (length pland-test-questions)))
          (pland-test-eventually "it is known" (pland-plan project (plist-get made :planId)))
          (pland-test-saying nil
            (should-error (pland--do-spawn project start) :type 'user-error)
            (should-error (pland--do-retry project again) :type 'user-error)
            (should-error (pland--do-execute project start) :type 'user-error)
            (should-error (pland--do-resume project start) :type 'user-error))
          (should (= 8 (length pland-test-questions)))
          (should (equal '("first" "first") (funcall traces)))
          (pland-test-saying t (pland--do-spawn project start))
          (pland-test-eventually "allowed, it runs" (equal '("first" "first" "other") (funcall traces)))
          (pland-test-wait-state project "complete")
          (should (= 9 (length pland-test-questions))))
        ;; A setting turns it off; a project cannot.
        (should (risky-local-variable-p 'pland-confirm-commands))
        (let ((pland-confirm-commands nil))
          (pland-test-saying nil (call-interactively #'pland-spawn)))
        (pland-test-eventually "without a question" (equal '("first" "first" "other" "unseen") (funcall traces)))
        (should (= 9 (length pland-test-questions)))))))

(ert-deftest pland-approvals-are-bounded ()
  "What was allowed is kept in a file that does not grow for ever."
  (let ((pland-approved-file (concat (make-temp-file "pland-approved-" t) "/approved")) (pland--most-approved 3))
    (dolist (what '("a" "b" "c" "b" "d")) (pland--remember-approved what))
    (should (equal '("b" "c" "d") (pland--approved)))))

(ert-deftest pland-commands-of-a-plan ()
  "Commands in each way of writing them."
  (should (equal '("cp -n .env.example .env" "npm ci" "make a   # quickly" "make test" "first; second" "echo c" "one")
                 (pland-commands-of "plan: local/x
setup: [cp -n .env.example .env, \"npm ci\"]
subplans:
  - name: a
    run: make a   # quickly
    check: \"make test\"
  - name: b
    run: |
      first
      second

  - {name: c, goal: d, run: \"echo c\"}
  - run: one
    name: e
    tools:
      - builtin/write_file: {path: f, content: \"run: not a command\"}
")))
  (should (equal '("one" "two") (pland-commands-of "setup:\n  - one\n  - two\nsubplans: []\n")))
  (should (equal '("make a") (pland-commands-of "{\"subplans\": [\n {\"name\": \"a\", \"run\": \"make a\"}\n]}")))
  (should (null (pland-commands-of "subplans:\n  - name: a\n    tools:\n      - builtin/list_files: {path: .}\n"))))
;;; trust-test.el ends here
