;;; nested-test.el --- A plan in a plan  -*- lexical-binding: t -*-

(defun pland-test-nested-files (mended)
  "Files of a project whose nested plan fails until there is the file MENDED."
  `(("nested.plan.yaml" . ,(format "plan: local/nested
goal: The whole
subplan_defaults: {retry_failed: false}
subplans:
  - {name: flat, goal: Beside it, run: \"echo flat > flat.txt\"}
  - name: outer
    goal: The middle
    subplans:
      - {name: good, goal: Below, run: \"echo good > good.txt\"}
      - {name: bad, goal: Fail at first, run: \"test -e '%s' || exit 3; echo bad > bad.txt\"}
" mended))))

(ert-deftest pland-nested-plan ()
  "A nested plan is shown below its subplan, fails, says why, goes back and runs again."
  (let ((mended (concat (make-temp-file "pland-mended-" t) "/mended")))
    (pland-test-with-project (root :files (pland-test-nested-files mended))
      (let* ((project (pland-test-open-plan root "nested.plan.yaml"))
             (list (save-window-excursion (pland-list-plans) (current-buffer)))
             (child (lambda ()
                      (pland-child-plan project (plist-get (nth 1 (pland-subplans (pland-test-plan project)))
                                                           :subplanId))))
             (shows (lambda (&rest wanted)
                      (with-current-buffer list
                        (cl-every (lambda (each) (string-match-p each (buffer-string))) wanted)))))
        ;; Made and not started: what will run is there, in its place.
        (pland-use buffer-file-name)
        (pland-test-eventually "the child plan is shown below its subplan"
          (funcall shows "^ - local/nested +complete +not started" "^     flat +queued" "^   - outer +queued"
                   "^         good +queued" "^         bad +queued"))
        (let ((current-prefix-arg '(4))) (call-interactively #'pland-resume))
        (with-current-buffer "*pland resume: nested*"
          (should (string-match-p "^  run   flat\n  run   outer$" (buffer-string))))

        (call-interactively #'pland-execute)
        (pland-test-eventually "it fails, far below"
          (funcall shows "^ - local/nested +errored +1/2 done, 1 failed" "^   - outer +errored +1/2 done, 1 failed"
                   "^         good +complete" "^         bad +errored +failed, exit code 3"))
        ;; A child plan is no plan of its own.
        (should (= 1 (length (pland-plans project))))
        (should (= 5 (with-current-buffer list (count-lines (point-min) (point-max)))))
        (pland-test-eventually "one plan is counted" (string-match-p "\\` pland 1 failed\\'" pland--mode-line))
        (should (string-match-p "nested has 1 subplan that failed" (pland-test-last-messages)))
        (should-not (string-match-p "outer.* has " (pland-test-last-messages)))
        ;; The server is asked anew for all.
        (let ((before (funcall child)))
          (pland-refresh project)
          (pland-test-eventually "the child plan is found again"
            (let ((now (funcall child))) (and now (not (eq now before)))))
          (with-current-buffer list (pland--draw-list)))
        (with-current-buffer list
          (pland-test-go-to "outer")
          (pland-list-fold)
          (should-not (string-match-p "good" (buffer-string)))
          (pland-list-fold)
          (should (string-match-p "good" (buffer-string))))

        ;; What is at point.
        (with-current-buffer list
          (pland-test-go-to "local/nested")
          (save-window-excursion (pland-list-errors))
          (with-current-buffer "*pland errors: nested*"
            (dolist (each (list "\\`What failed in nested (execute, errored)" "^outer  1 of 2 subplans failed"
                                "^  bad  .*failed with exit code 3$" "^    hint: read its log, then retry$"
                                (concat "^    command: pland retry "
                                        (plist-get (nth 1 (pland-subplans (funcall child))) :subplanId) "$")))
              (should (string-match-p each (buffer-string)))))
          (save-window-excursion (pland-list-tree))
          (with-current-buffer "*pland tree: nested*"
            (dolist (each '("^- prompt definition: The whole$" "^  - subplan parallel spawn: flat  (complete)$"
                            "^      - subplan parallel spawn: bad  (errored)$" "- error recovery: surface$"
                            "How does 'bad' go on after attempt 1\\?  retry, repair, surface$"))
              (should (string-match-p each (buffer-string))))
            ;; It is an outline.
            (goto-char (point-min))
            (search-forward "spawn: outer")
            (outline-hide-subtree)
            (search-forward "spawn: bad")
            (should (invisible-p (point))))
          (save-window-excursion (pland-list-events))
          (with-current-buffer "*pland events: nested*"
            (should (string-match-p "plan.created" (buffer-string)))
            (should (string-match-p "flat  attempt=1 " (buffer-string))))
          (pland-test-go-to "outer")
          (should (string-match-p "its subplans have outputs" (error-message-string (should-error (pland-list-log)))))
          (pland-test-go-to "bad")
          (should (equal "bad" (pland--name-of project (pland--at-point))))
          (save-window-excursion (pland-list-errors))
          (should (get-buffer "*pland errors: bad*")))
        (pland-test-answering '("bad of nested:outer") (call-interactively #'pland-log))
        (should (get-buffer "*pland log: bad*"))

        ;; Back, with a reason, and again.
        (pland-test-write mended "")
        (with-current-buffer list
          (pland-test-go-to "bad")
          (cl-letf (((symbol-function 'read-string) (lambda (&rest _) "")))
            (should-error (pland-list-revert) :type 'user-error))
          (should (equal "execute" (plist-get (pland-call project "status"
                                                          (list :planId (plist-get (pland-test-plan project) :planId)))
                                              :phase))))
        (let (asked)
          (cl-letf (((symbol-function 'read-string) (lambda (prompt &rest _) (setq asked prompt) "the file was missing")))
            (call-interactively #'pland-revert))
          (should (equal "Take nested back to strategize, because: " asked)))
        (pland-test-eventually "it is back" (funcall shows "local/nested +queued +not started" "- outer +queued +queued"))
        (call-interactively #'pland-events)
        (with-current-buffer "*pland events: nested*"
          (should (string-match-p "reason=the file was missing" (buffer-string))))
        (with-current-buffer list
          (pland-test-go-to "bad")
          (pland-list-execute))
        (pland-test-eventually "it runs again, to its end"
          (funcall shows "^ - local/nested +complete +2/2 done" "^   - outer +complete +2/2 done"
                   "^         bad +complete +done, attempt 2, 1 file"))
        (pland-test-eventually "one plan is to be applied" (string-match-p "\\` pland 1 to apply\\'" pland--mode-line))
        (should (string-match-p "nested is done and merged" (pland-test-last-messages)))
        (with-current-buffer list
          (pland-test-go-to "good")
          (pland-list-apply))
        (should (equal "bad\n" (pland-test-read (concat root "bad.txt"))))
        (pland-test-clean-repository root)))))
;;; nested-test.el ends here
