;;; crash-test.el --- The server is killed  -*- lexical-binding: t -*-

(defun pland-test-process (project)
  "Process of PROJECT's server."
  (let ((server (pland-project-server project)))
    (if (eq pland-test-client 'eglot) (jsonrpc--process server) (lsp--workspace-cmd-proc server))))

(defun pland-test-kill (project)
  "Kill PROJECT's server as a crash would, and wait until that is noticed."
  (let* ((process (pland-test-process project)) (id (process-id process)))
    (signal-process process 'KILL)
    (pland-test-eventually "the end is noticed" (not (memq project pland-projects)))
    (pland-test-eventually "no zombie is left" (null (process-attributes id)))))

(ert-deftest pland-comes-back ()
  "The server is killed: it comes back by itself, nothing is lost, and nothing is shown twice."
  (pland-test-with-project (root)
    (let* ((project (pland-test-open-plan root))
           (pland-test-source (progn (call-interactively #'pland-spawn)
                                     (pland-test-open (concat root "greet.txt")))))
      (pland-test-wait-state project "errored")
      (pland-test-eventually "the conflict is shown" (= 1 (length (pland-test-diagnostics "merge-conflict"))))
      (goto-char (point-min))
      (insert "typed before\n")
      (pland-test-kill project)
      (insert "typed while it was away\n")
      (let ((again (pland-test-eventually "it comes back" (pland-project-of-file (concat root "greet.txt")))))
        (should-not (eq again project))
        (pland-test-eventually "the plan is known again"
          (equal "errored" (plist-get (pland-test-plan again) :state)))
        (pland-test-eventually "the conflict is shown once, on its line"
          (equal '((4 4)) (mapcar #'pland-test-lines (pland-test-diagnostics "merge-conflict"))))
        ;; Still so when all that was on its way has come.
        (pland-call again "status")
        (pland-test-pump)
        (should (equal '((4 4)) (mapcar #'pland-test-lines (pland-test-diagnostics "merge-conflict"))))
        ;; And it works.
        (dolist (conflict (pland-open-conflicts again))
          (pland-resolve-conflict again conflict "theirs"))
        (pland-test-eventually "nothing is shown any more" (null (pland-test-diagnostics "merge-conflict")))
        (pland-apply)
        (with-current-buffer pland-test-source
          (should (string-match-p "typed before\ntyped while it was away\nfirst line\nsecond line 😀 says \\(?:hi\\|good morning\\)"
                                  (buffer-string))))
        (should (= 1 (length pland-projects)))
        (pland-test-clean-repository root)))))

(ert-deftest pland-comes-back-while-running ()
  "Killed while a subplan runs: the plan says so, and goes on when told to."
  (pland-test-with-project (root :files '(("a.txt" . "a\n")
                                          ("slow.plan.yaml" . "plan: local/slow
goal: Waits for a file
subplans:
  - name: quick
    run: echo b > b.txt
  - name: waits
    after: [quick]
    run: while [ ! -e \"$GO\" ]; do sleep 0.05; done; echo c > c.txt
")))
    (let* ((go (concat (make-temp-file "pland-go-" t) "/go"))
           (process-environment (cons (concat "GO=" go) process-environment))
           (project (pland-test-open-plan root "slow.plan.yaml")))
      (call-interactively #'pland-spawn)
      (pland-test-eventually "the second subplan runs"
        (let ((subplans (pland-subplans (pland-test-plan project))))
          (equal '("complete" "processing") (mapcar #'pland--state subplans))))
      (pland-test-kill project)
      (let ((again (pland-test-eventually "it comes back" (pland-project-of-file (concat root "a.txt")))))
        (pland-test-write go "")
        (pland-test-eventually "the plan is known again, and what was done is kept"
          (let ((first (car (pland-subplans (pland-test-plan again)))))
            (equal "complete" (pland--state first))))
        (unless (pland-running-p (pland-test-plan again))
          (unless (equal "complete" (pland--state (pland-test-plan again)))
            (pland-test-answering '("\\`local/slow") (pland-retry))))
        (pland-test-wait-state again "complete")
        (pland-apply)
        (should (equal "c\n" (pland-test-read (concat root "c.txt"))))))))

(ert-deftest pland-restarts-are-bounded ()
  "A server that dies again and again stays down, until a person starts it."
  (pland-test-with-project (root)
    (let ((project (pland-test-open-plan root)) (pland-max-restarts 2) (starts 0))
      (dotimes (_ 2)
        (pland-test-kill project)
        (cl-incf starts)
        (setq project (pland-test-eventually "it comes back" (pland-project-of-file (concat root "greet.txt")))))
      (pland-test-kill project)
      (pland-test-eventually "it says that it stays down"
        (string-match-p "stays down" (pland-test-last-messages)))
      (let ((until (+ (float-time) 1)))
        (while (< (float-time) until) (accept-process-output nil 0.1)))
      (should (null pland-projects))
      (set-buffer (find-buffer-visiting (concat root "greeting.plan.yaml")))
      (pland-start)
      (pland-test-eventually "a person starts it" (pland-project-of-file (concat root "greet.txt"))))))

(ert-deftest pland-stop-and-restart ()
  "Stopping is for good; restarting brings all back."
  (pland-test-with-project (root)
    (let ((project (pland-test-open-plan root)))
      (call-interactively #'pland-spawn)
      (pland-test-wait-state project "errored")
      (pland-restart)
      (let ((again (pland-test-eventually "it is back"
                     (let ((one (pland-project-of-file (concat root "greet.txt"))))
                       (and one (not (eq one project)) one)))))
        (pland-test-eventually "with its plans" (pland-test-plan again))
        (pland-stop)
        (pland-test-eventually "it is gone" (null pland-projects))
        (should-error (pland-conflicts) :type 'user-error)))))
;;; crash-test.el ends here
