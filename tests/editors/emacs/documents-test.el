;;; documents-test.el --- Texts, names and folders of all kinds  -*- lexical-binding: t -*-

(defun pland-test-plan-text (file)
  "A plan whose two subplans change the second line of FILE differently."
  (format "plan: local/meet
goal: Two changes that meet
subplans:
  - name: one
    run: sed -i '2s/two/uno/' %s
  - name: other
    run: sed -i '2s/two/ein/' %s
" file file))

(defun pland-test-meet (root file)
  "Spawn the plan meet.plan.yaml of ROOT and visit FILE; the project when its conflict is shown."
  (let ((project (pland-test-open-plan root "meet.plan.yaml")))
    (call-interactively #'pland-spawn)
    (pland-test-open (concat root file))
    (pland-test-wait-state project "errored")
    (pland-test-eventually "the conflict is shown on its line"
      (equal '((2 2)) (mapcar #'pland-test-lines (pland-test-diagnostics "merge-conflict"))))
    project))

(ert-deftest pland-odd-names ()
  "Unicode, spaces, tabs and # in paths: the right lines of the right file."
  ;; Eglot leaves a % as it is in the uris that it writes itself: those of the project and of plan files.
  (let ((file "sub #1 %41/ü 日本\tx&y.txt"))
    (pland-test-with-project (root :name "my #repo ü"
                                   :files `((,file . "one 😀\n😀 two 😀\nthree\n")
                                            ("meet.plan.yaml" . ,(pland-test-plan-text "\"$(ls -d sub*/*)\""))))
      (let ((project (pland-test-meet root file)))
        (goto-char (point-min))
        (forward-line 1)
        (pland-test-answering '("other\\|theirs") (call-interactively #'pland-code-actions))
        (pland-test-eventually "it is resolved" (null (pland-test-diagnostics "merge-conflict")))
        (pland-test-wait-state project "complete")
        (pland-apply)
        (should (member (buffer-string) '("one 😀\n😀 ein 😀\nthree\n" "one 😀\n😀 uno 😀\nthree\n")))))))

(ert-deftest pland-crlf ()
  "A file with CRLF keeps its line ends, open or not, and lines that nobody changed."
  (pland-test-with-project (root :files `(("dos.txt" . "one\r\ntwo\r\nthree\r\nfour\r\n")
                                          ("closed.txt" . "one\r\ntwo\r\nthree\r\n")
                                          ("meet.plan.yaml" . ,(concat (pland-test-plan-text "dos.txt")
                                                                       "  - name: third\n    run: sed -i 's/three/drei/' closed.txt\n"))))
    (pland-test-open (concat root "dos.txt"))
    (let ((project (pland-test-meet root "dos.txt")))
      (should (eql 1 (coding-system-eol-type buffer-file-coding-system)))
      (goto-char (point-max))
      (insert "five\n")
      (pland-smerge)
      (goto-char (point-min))
      (re-search-forward "^<<<<<<<")
      (smerge-match-conflict)
      (smerge-keep-all)
      (should-not (string-match-p "\r" (buffer-string)))
      (pland-smerge-finish)
      (pland-test-wait-state project "complete")
      (pland-apply)
      (with-current-buffer (find-buffer-visiting (concat root "dos.txt"))
        (should (equal "one\nuno\nein\nthree\nfour\nfive\n" (buffer-string)))
        (save-buffer))
      (should (equal "one\r\nuno\r\nein\r\nthree\r\nfour\r\nfive\r\n" (pland-test-read (concat root "dos.txt"))))
      (should (equal "one\r\ntwo\r\ndrei\r\n" (pland-test-read (concat root "closed.txt")))))))

(ert-deftest pland-symlinked-workspace ()
  "A repository opened through a symbolic link has one server, and conflicts are shown there."
  (pland-test-with-project (root :files `(("a.txt" . "one\ntwo\nthree\n")
                                          ("meet.plan.yaml" . ,(pland-test-plan-text "a.txt"))))
    (let ((link (concat (make-temp-file "pland-link-" t) "/link")))
      (make-symbolic-link (directory-file-name root) link)
      (let ((project (pland-test-meet (concat link "/") "a.txt")))
        (should (= 1 (length pland-projects)))
        (pland-resolve-conflict project (car (pland-open-conflicts project)) "ours")
        (pland-test-eventually "it is resolved" (null (pland-test-diagnostics "merge-conflict")))
        (pland-apply)
        (should (string-match-p "uno\\|ein" (buffer-string)))))))

(ert-deftest pland-two-projects ()
  "Two repositories in one Emacs have a server each, and each file its own."
  (pland-test-with-project (first :name "first")
    (let* ((second (pland-test-make-project :name "second"
                                            :files `(("a.txt" . "one\ntwo\nthree\n")
                                                     ("meet.plan.yaml" . ,(pland-test-plan-text "a.txt")))))
           (project-1 (pland-test-open-plan first))
           (project-2 (pland-test-meet second "a.txt")))
      (should-not (eq project-1 project-2))
      (should (equal first (pland-project-root project-1)))
      (should (equal second (pland-project-root project-2)))
      (should (null (pland-plans project-1)))
      (should (= 1 (length (pland-plans project-2))))
      (pland-test-open (concat first "greet.txt"))
      (should (eq project-1 (pland-here)))
      (should (null (pland-test-diagnostics "merge-conflict"))))))

(ert-deftest pland-opened-before ()
  "A file that was open, and typed into, before the server started."
  (pland-test-with-project (root :files `(("a.txt" . "one\ntwo\nthree\n")
                                          ("meet.plan.yaml" . ,(pland-test-plan-text "a.txt"))))
    (let ((buffer (pland-test-open (concat root "a.txt"))))
      (goto-char (point-max))
      (insert "not saved\n")
      (let ((project (pland-test-meet root "a.txt")))
        ;; What was not saved is part of the plan's base.
        (pland-resolve-conflict project (car (pland-open-conflicts project)) "base")
        (pland-test-wait-state project "complete")
        (pland-apply)
        (with-current-buffer buffer
          (should (equal "one\ntwo\nthree\nnot saved\n" (buffer-string))))))))

(ert-deftest pland-edits-are-told ()
  "Changes of all kinds leave the server with the text of the buffer."
  (pland-test-with-project (root :files `(("a.txt" . "one\ntwo\nthree\n")
                                          ("meet.plan.yaml" . ,(pland-test-plan-text "a.txt"))))
    (let ((project (pland-test-meet root "a.txt")))
      (goto-char (point-min))
      (dotimes (i 20) (insert (format "%d 😀 é\n" i)))
      (pland-test-pump)
      (goto-char (point-min))
      (while (search-forward "😀" nil t) (replace-match "x😀"))
      (upcase-region (point-min) (+ (point-min) 20))
      (transpose-regions 1 4 8 10)
      (goto-char (point-min))
      (delete-region (point) (progn (forward-line 15) (point)))
      (goto-char (point-min))
      (search-forward "two")
      (let ((line (line-number-at-pos)))
        (pland-test-eventually "the conflict is where its text is"
          (equal (list (list line line)) (mapcar #'pland-test-lines (pland-test-diagnostics "merge-conflict")))))
      (pland-resolve-conflict project (car (pland-open-conflicts project)) "theirs")
      (pland-test-wait-state project "complete")
      (let ((wanted (string-replace "two" "ein" (buffer-string))))
        (pland-apply)
        (should (member (buffer-string) (list wanted (string-replace "ein" "uno" wanted))))))))

(ert-deftest pland-revert-keeps-following ()
  "Reverting a buffer keeps the server's text right."
  (pland-test-with-project (root :files `(("a.txt" . "one\ntwo\nthree\n")
                                          ("meet.plan.yaml" . ,(pland-test-plan-text "a.txt"))))
    (pland-test-meet root "a.txt")
    (goto-char (point-min))
    (insert "above\n")
    (pland-test-eventually "the conflict moves"
      (equal '((3 3)) (mapcar #'pland-test-lines (pland-test-diagnostics "merge-conflict"))))
    (revert-buffer t t)
    (pland-test-eventually "and is back"
      (equal '((2 2)) (mapcar #'pland-test-lines (pland-test-diagnostics "merge-conflict"))))))
;;; documents-test.el ends here
