;;; list-test.el --- Lists of plans and conflicts  -*- lexical-binding: t -*-

(defun pland-test-go-to (text)
  "Move to the line of this list that has TEXT."
  (goto-char (point-min))
  (unless (re-search-forward text nil t) (ert-fail (list "not in the list" text (buffer-string))))
  (beginning-of-line))

(ert-deftest pland-list-follows ()
  "The list of plans follows what happens, and its keys do what they say."
  (pland-test-with-project (root)
    (let ((project (pland-test-open-plan root)))
      (pland-list-plans)
      (should (derived-mode-p 'pland-plans-mode))
      (let ((list (current-buffer)))
        (pland-spawn (concat root "greeting.plan.yaml"))
        (pland-test-eventually "the list shows how it went"
          (with-current-buffer list (string-match-p "3/3 done, 2 conflicts +resolve" (buffer-string))))
        (with-current-buffer list
          (pland-test-go-to "polite")
          (should (equal "polite" (pland--name-of project (pland--at-point))))
          (save-window-excursion (pland-list-diff))
          (should (get-buffer "*pland diff: polite*"))
          (pland-list-fold)
          (should-not (string-match-p "polite" (buffer-string)))
          (pland-list-fold)
          (pland-test-go-to "casual")
          (pland-list-visit)))
      (with-current-buffer (find-buffer-visiting (concat root "greeting.plan.yaml"))
        (should (looking-at-p "name: casual")))
      (pland-conflicts)
      (let ((list (current-buffer)))
        (pland-test-eventually "the conflicts are listed"
          (with-current-buffer list (string-match-p "greet.txt.*1 place" (buffer-string))))
        (with-current-buffer list
          (pland-test-go-to "greet.txt")
          (pland-list-visit-conflict))
        (with-current-buffer (find-buffer-visiting (concat root "greet.txt"))
          (should (= 2 (line-number-at-pos))))
        (pop-to-buffer list)
        (pland-test-go-to "greet.txt")
        (pland-take-theirs)
        (pland-test-eventually "a resolved conflict leaves the list"
          (with-current-buffer list
            (and (not (string-match-p "greet.txt" (buffer-string))) (string-match-p "code.c" (buffer-string)))))
        (pland-test-go-to "code.c")
        (pland-take-both))
      (pland-test-wait-state project "complete")
      (pland-list-plans)
      (pland-test-go-to "greeting")
      (pland-list-apply)
      (pland-test-eventually "it is applied" (progn (pland-test-go-to "greeting") (looking-at-p ".*applied"))))))

(ert-deftest pland-list-of-many ()
  "500 subplans: drawing the list takes less than a tenth of a second of computing, also while it changes."
  (let* ((subplans (vconcat (cl-loop for i below 500 collect
                                     (list :subplanId (format "S%03d" i) :name (format "part-%03d" i) :attempt 1
                                           :state (if (cl-evenp i) "complete" "processing") :filesChanged ["a"]))))
         (plan (list :planId "P" :name "local/many" :phase "execute" :state "processing" :revision 1 :checkpoints 2000
                     :subplans subplans :conflicts '(:open 0 :resolved 0)))
         (project (pland-project--make :root (file-name-as-directory (make-temp-file "pland-" t))))
         times)
    (pland--keep project plan)
    (cl-letf (((symbol-function 'pland-project-here) (lambda () project)))
      (with-current-buffer (pland-show-plans project)
        (unwind-protect
            (progn
              (should (= 501 (count-lines (point-min) (point-max))))
              (pland-test-go-to "part-250")
              (dotimes (i 15)
                (setf (plist-get (aref subplans i) :state) "complete")
                ;; What this process computed: how long it waited for others says nothing.
                (let ((start (float-time (get-internal-run-time))))
                  (pland--draw-list)
                  (push (- (float-time (get-internal-run-time)) start) times))
                (should (looking-at-p ".*part-250")))
              (should (< (nth 7 (sort times #'<)) 0.1)))
          (kill-buffer))))))
;;; list-test.el ends here
