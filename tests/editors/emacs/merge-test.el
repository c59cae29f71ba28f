;;; merge-test.el --- Merging by hand  -*- lexical-binding: t -*-

(defun pland-test-hunk (start base ours theirs &optional state resolution)
  "A hunk at line START."
  (list :base (list :lines (list :start start :count (length (split-string base "\n" t))) :text base)
        :ours (list :text ours) :theirs (list :text theirs) :state (or state "open") :resolution resolution))

(defun pland-test-conflict (&rest hunks)
  "A conflict with HUNKS."
  (list :conflictId "c" :subplanId "s" :kind "content" :state "open" :path "a.txt" :ours "one" :theirs "two"
        :hunks (vconcat hunks)))

(ert-deftest pland-merge-round-trip ()
  "Each text of a merge, taken as the result, gives back its hunks."
  (let* ((conflict (pland-test-conflict (pland-test-hunk 1 "b\n" "x\n" "y\n") (pland-test-hunk 3 "d\n" "" "z\nz\n")))
         (merge (pland-merge-texts conflict "a\nb\nc\nd\ne\n")))
    (should (equal '("a\n" "c\n" "e\n") (pland-merge-around merge)))
    (should (equal '("x\n" "") (pland-merged-hunks merge (pland-merge-text merge (lambda (h) (pland--side h :ours))))))
    (should (equal '("y\n" "z\nz\n")
                   (pland-merged-hunks merge (pland-merge-text merge (lambda (h) (pland--side h :theirs))))))
    (should (eq 'no (pland-merged-hunks merge "A\nb\nc\nd\ne\n")))
    (should (eq 'no (pland-merged-hunks merge "a\nb\nC\nd\ne\n")))
    (should (pland--has-markers-p (pland-merge-marked merge)))))

(ert-deftest pland-merge-finds-moved-text ()
  "The person's text moved: the clash is found where it is now; where it is gone, it is shown alone."
  (let ((conflict (pland-test-conflict (pland-test-hunk 1 "b\n" "x\n" "y\n"))))
    (should (equal '("new\na\n" "c\n") (pland-merge-around (pland-merge-texts conflict "new\na\nb\nc\n"))))
    (should (equal '("" "") (pland-merge-around (pland-merge-texts conflict "a\nB\nc\n"))))
    (should (equal '("" "") (pland-merge-around (pland-merge-texts conflict nil))))
    (should (equal '("any\nthing\n") (pland-merged-hunks (pland-merge-texts conflict nil) "any\nthing\n")))))

(ert-deftest pland-merge-resolved-neighbours ()
  "Hunks that are resolved stand as they were resolved."
  (let ((merge (pland-merge-texts (pland-test-conflict (pland-test-hunk 0 "a\n" "x\n" "y\n" "resolved" "both")
                                                       (pland-test-hunk 2 "c\n" "p\n" "q\n"))
                                  "a\nb\nc\n")))
    (should (equal '("x\ny\nb\n" "") (pland-merge-around merge)))
    (should (equal '(1) (pland-merge-hunks merge)))))

(ert-deftest pland-merge-crlf ()
  "A merge of a CRLF file shows plain lines and gives back CRLF."
  (let ((merge (pland-merge-texts (pland-test-conflict (pland-test-hunk 1 "b\r\n" "x\r\n" "y\r\n")) "a\r\nb\r\nc\r\n")))
    (should (equal "a\nx\nc\n" (pland-merge-text merge (lambda (h) (pland--side h :ours)))))
    (should (equal '("m\r\n") (pland-merged-hunks merge "a\nm\nc\n")))))

(ert-deftest pland-merge-no-line-end ()
  "A last line without an end, and repeated lines."
  (let ((merge (pland-merge-texts (pland-test-conflict (pland-test-hunk 1 "b" "x" "y")) "a\nb")))
    (should (equal '("x") (pland-merged-hunks merge "a\nx"))))
  (let ((merge (pland-merge-texts (pland-test-conflict (pland-test-hunk 3 "s\n" "x\n" "y\n")) "s\n-\ns\ns\n-\n")))
    (should (equal '("s\n-\ns\n" "-\n") (pland-merge-around merge)))
    (should (equal '("s\ns\n") (pland-merged-hunks merge "s\n-\ns\ns\ns\n-\n")))))

(ert-deftest pland-ediff-resolves ()
  "An Ediff session with the ancestor: quitting it resolves with its result."
  (pland-test-with-project (root)
    (let ((project (pland-test-open-plan root)))
      (call-interactively #'pland-spawn)
      (pland-test-wait-state project "errored")
      (pland-test-open (concat root "greet.txt"))
      (pland-test-eventually "the conflict is shown" (pland-test-diagnostics "merge-conflict"))
      (goto-char (point-min))
      (forward-line 1)
      (let* ((ediff-window-setup-function #'ediff-setup-windows-plain)
             (ediff-default-variant 'default-A)
             (control (pland-ediff)))
        (with-current-buffer control
          ;; Markers are left: the result stays, in Smerge, and nothing is resolved.
          (cl-letf (((symbol-function 'y-or-n-p) #'always)) (ediff-really-quit nil))))
      (should (= 2 (length (pland-open-conflicts project))))
      (should (get-buffer "*pland resolve: greet.txt*"))
      (with-current-buffer "*pland resolve: greet.txt*"
        (goto-char (point-min))
        (smerge-next)
        (smerge-match-conflict)
        (should (equal "second line 😀 says hi\n" (match-string 3)))
        (pland-smerge-abort))
      (pland-test-open (concat root "greet.txt"))
      (goto-char (point-min))
      (forward-line 1)
      (let* ((ediff-window-setup-function #'ediff-setup-windows-plain)
             (control (pland-ediff)))
        (with-current-buffer control
          (should (= 1 ediff-number-of-differences))
          (should (= 0 ediff-current-difference))
          (ediff-copy-B-to-C nil)
          (with-current-buffer ediff-buffer-C
            (goto-char (point-min))
            (should (search-forward "says" nil t))
            (replace-match "said"))
          (cl-letf (((symbol-function 'y-or-n-p) #'always)) (ediff-really-quit nil))))
      (pland-test-open (concat root "greet.txt"))
      (pland-test-eventually "the conflict goes" (null (pland-test-diagnostics "merge-conflict")))
      (pland-resolve-conflict project (car (pland-open-conflicts project)) "ours")
      (pland-test-wait-state project "complete")
      (pland-apply)
      (should (string-match-p "second line 😀 said" (buffer-string)))
      (pland-test-eventually "no buffer of the session stays"
        (not (cl-some (lambda (buffer) (string-match-p "\\*base: \\|\\*polite: \\|\\*Ediff Control" (buffer-name buffer)))
                      (buffer-list)))))))
;;; merge-test.el ends here
