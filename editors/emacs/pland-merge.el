;;; pland-merge.el --- A conflict in Ediff or Smerge  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The texts of a conflict live in buffers without a file; the person's own file is not touched.  When the session
;; ends, what was made of each hunk becomes its resolution.
;;
;; The server tells the lines that clash; the rest of the file is the person's own text around them.  Where that text
;; does not hold the clashing lines any more, the clash is shown alone.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'ediff)
(require 'smerge-mode)
(require 'pland-project)
(require 'pland-words)
(require 'pland-documents)

;;;; Texts (pure)

(cl-defstruct (pland-merge (:constructor pland-merge--make) (:copier nil))
  "The texts of a conflict."
  conflict
  hunks      ; numbers of the hunks that are to be merged
  around     ; what stands before, between and behind them: one more than hunks
  dos)       ; non-nil when the file has CRLF line ends; the texts here have none

(defun pland--unix (text)
  "TEXT with plain line ends."
  (string-replace "\r\n" "\n" (or text "")))

(defun pland--lines (text)
  "Lines of TEXT, each with its end."
  (let ((at 0) lines)
    (while (string-match "[^\n]*\n\\|[^\n]+\\'" text at)
      (push (match-string 0 text) lines)
      (setq at (match-end 0)))
    (nreverse lines)))

(defun pland--ended (text)
  "TEXT with an end of its last line."
  (if (or (equal text "") (string-suffix-p "\n" text)) text (concat text "\n")))

(defun pland--side (hunk side)
  "Text of HUNK on SIDE."
  (pland--unix (plist-get (plist-get hunk side) :text)))

(defun pland--settled (hunk)
  "What the resolved HUNK reads like; a text made by hand is not known here."
  (pcase (plist-get hunk :resolution)
    ("theirs" (pland--side hunk :theirs))
    ("base" (pland--side hunk :base))
    ("both" (concat (pland--ended (pland--side hunk :ours)) (pland--side hunk :theirs)))
    (_ (pland--side hunk :ours))))

(defun pland--place (lines text wanted least)
  "Line in LINES, at or after LEAST and nearest WANTED, where TEXT stands, or nil."
  (let ((count (length text)))
    (if (zerop count)
        (and (>= wanted least) (<= wanted (length lines)) wanted)
      (let (best)
        (cl-loop for from from least to (- (length lines) count)
                 when (and (cl-loop for line in text for offset from from
                                    always (equal line (aref lines offset)))
                           (or (null best) (< (abs (- from wanted)) (abs (- best wanted)))))
                 do (setq best from))
        best))))

(defun pland-merge-texts (conflict now)
  "The texts of CONFLICT in the file's text NOW, which may be nil."
  (let* ((hunks (append (plist-get conflict :hunks) nil))
         (open (cl-loop for hunk in hunks for i from 0
                        when (equal (plist-get hunk :state) "open") collect i))
         (dos (cl-some (lambda (text) (and text (string-match-p "\r\n" text)))
                       (cons now (mapcar (lambda (hunk) (plist-get (plist-get hunk :ours) :text)) hunks))))
         (lines (vconcat (pland--lines (pland--unix now))))
         (at 0) (gap "") around (found (and now (equal (plist-get conflict :kind) "content"))))
    (cl-loop for hunk in hunks for i from 0 while found do
             (let* ((base (pland--lines (pland--side hunk :base)))
                    (start (plist-get (plist-get (plist-get hunk :base) :lines) :start))
                    (from (pland--place lines base start at)))
               (if (not from)
                   (setq found nil)
                 (setq gap (concat gap (string-join (append (cl-subseq lines at from) nil)))
                       at (+ from (length base)))
                 (if (memq i open)
                     (progn (push gap around) (setq gap ""))
                   (setq gap (concat gap (pland--settled hunk)))))))
    (if found
        (pland-merge--make :conflict conflict :hunks open :dos dos
                           :around (nreverse (cons (concat gap (string-join (append (cl-subseq lines at) nil)))
                                                   around)))
      (pland-merge--make :conflict conflict :hunks (and open (list (car open))) :dos dos :around (list "" "")))))

(defun pland-merge-text (merge middle)
  "The text of MERGE with MIDDLE, a function of a hunk, in the place of each."
  (let ((hunks (plist-get (pland-merge-conflict merge) :hunks)))
    (concat (car (pland-merge-around merge))
            (mapconcat #'identity
                       (cl-mapcar (lambda (index gap) (concat (funcall middle (elt hunks index)) gap))
                                  (pland-merge-hunks merge) (cdr (pland-merge-around merge)))
                       ""))))

(defun pland--names (conflict)
  "Names of the sides of CONFLICT."
  (cons (if (plist-get conflict :subplanId) (plist-get conflict :ours) "yours") (plist-get conflict :theirs)))

(defun pland-merge-marked (merge)
  "The text of MERGE with conflict markers."
  (pcase-let ((`(,ours . ,theirs) (pland--names (pland-merge-conflict merge))))
    (pland-merge-text merge
                      (lambda (hunk)
                        (concat "<<<<<<< " ours "\n" (pland--ended (pland--side hunk :ours))
                                "=======\n" (pland--ended (pland--side hunk :theirs))
                                ">>>>>>> " theirs "\n")))))

(defun pland--between (text at gaps)
  "Pieces of TEXT behind AT, separated by GAPS of which the last ends it; or `no'."
  (cond
   ((null gaps) (if (= at (length text)) nil 'no))
   ((null (cdr gaps))
    (let ((end (- (length text) (length (car gaps)))))
      (if (and (>= end at) (string-suffix-p (car gaps) text)
               (or (equal (car gaps) "") (= end at) (eq ?\n (aref text (1- end)))))
          (list (substring text at end))
        'no)))
   (t (let ((end at) (answer 'no) (case-fold-search nil))
        (while (and (eq answer 'no) end
                    (setq end (string-match (regexp-quote (car gaps)) text end)))
          (when (or (equal (car gaps) "") (= end at) (eq ?\n (aref text (1- end))))
            (let ((rest (pland--between text (+ end (length (car gaps))) (cdr gaps))))
              (unless (eq rest 'no) (setq answer (cons (substring text at end) rest)))))
          (setq end (and (not (equal (car gaps) "")) (< end (length text)) (1+ end))))
        answer))))

(defun pland-merged-hunks (merge text)
  "What TEXT made of each hunk of MERGE; `no' when the text around was changed."
  (let ((around (pland-merge-around merge)))
    (if (not (string-prefix-p (car around) text))
        'no
      (let ((pieces (pland--between text (length (car around)) (cdr around))))
        (if (and (listp pieces) (pland-merge-dos merge))
            (mapcar (lambda (piece) (string-replace "\n" "\r\n" piece)) pieces)
          pieces)))))

;;;; Resolving

(defun pland--has-markers-p (text)
  "Non-nil when TEXT has conflict markers."
  (string-match-p "^\\(?:<\\{7\\}\\|>\\{7\\}\\)\\(?: \\|$\\)" text))

(defun pland-merge-resolve (project merge text)
  "Make TEXT the resolution of MERGE in PROJECT; how many conflicts are left."
  (let* ((conflict (pland-merge-conflict merge))
         (path (plist-get conflict :path))
         (hunks (if (pland--has-markers-p text)
                    (user-error "%s still has conflict markers, so nothing was resolved" path)
                  (pland-merged-hunks merge text)))
         (left 0))
    (when (eq hunks 'no)
      (user-error "%s was changed outside of the conflict, which a resolution cannot hold: nothing was resolved" path))
    (cl-mapc (lambda (index content)
               (setq left (plist-get (pland-call project "resolve"
                                                 (list :conflictId (plist-get conflict :conflictId) :hunk index
                                                       :resolution "manual" :content content))
                                     :open)))
             (pland-merge-hunks merge) hunks)
    (message "Resolved %s.  %s" path (if (zerop left) "No conflict is left." (format "%d left." left)))
    left))

(defun pland--merge-of (conflict)
  "The texts of CONFLICT, or an error when it has none."
  (when (equal (plist-get conflict :state) "resolved")
    (user-error "The conflict in %s is resolved already" (plist-get conflict :path)))
  (when (zerop (length (plist-get conflict :hunks)))
    (user-error "%s: this conflict is not about lines of text, so take one of its sides" (plist-get conflict :path)))
  (let* ((path (pland-uri-to-path (plist-get conflict :uri)))
         (buffer (and path (find-buffer-visiting path)))
         (now (cond (buffer (with-current-buffer buffer (pland--text)))
                    ((and path (file-readable-p path))
                     (with-temp-buffer
                       (let ((coding-system-for-read 'utf-8-unix)) (insert-file-contents path))
                       (buffer-string))))))
    (pland-merge-texts conflict now)))

(defun pland--merge-buffer (name path text)
  "A buffer called NAME with TEXT, in the major mode of PATH."
  (with-current-buffer (generate-new-buffer name)
    (insert text)
    ;; The mode of the file, without what people hook to it: servers have no business here.
    (let ((mode (assoc-default path auto-mode-alist #'string-match-p)))
      (when (and (functionp mode) (symbolp mode))
        (delay-mode-hooks (ignore-errors (funcall mode)))))
    (setq buffer-undo-list nil)
    (set-buffer-modified-p nil)
    (goto-char (point-min))
    (current-buffer)))

;;;; Smerge

(defvar-local pland--merge nil "The merge that this buffer shows.")
(defvar-local pland--merge-project nil "The project of the merge that this buffer shows.")

(defvar pland-smerge-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-c") #'pland-smerge-finish)
    (define-key map (kbd "C-c C-k") #'pland-smerge-abort)
    map)
  "Keys in a buffer with the markers of a conflict.")

(define-minor-mode pland-smerge-mode
  "This buffer holds a conflict of a plan.
\\<pland-smerge-mode-map>\\[pland-smerge-finish] makes it the resolution, \\[pland-smerge-abort] leaves it."
  :lighter " resolve")

(defun pland-smerge-open (project conflict)
  "Show CONFLICT of PROJECT with markers, in Smerge."
  (let* ((merge (pland--merge-of conflict))
         (path (plist-get conflict :path))
         (buffer (pland--merge-buffer (format "*pland resolve: %s*" path) path (pland-merge-marked merge))))
    (pop-to-buffer buffer)
    (setq pland--merge merge pland--merge-project (pland-project-root project))
    (setq-local default-directory (pland-project-root project))
    (smerge-mode 1)
    (pland-smerge-mode 1)
    (goto-char (point-min))
    (ignore-errors (smerge-next))
    (message "%s" (substitute-command-keys
                   "\\<pland-smerge-mode-map>\\[pland-smerge-finish] resolves with this text, \\[pland-smerge-abort] \
leaves it; \\<smerge-mode-map>\\[smerge-keep-upper], \\[smerge-keep-lower], \\[smerge-keep-all] take sides"))
    buffer))

(defun pland--project-at (root)
  "The project with a running server at ROOT, or an error."
  (or (cl-find-if (lambda (project) (and (equal root (pland-project-root project)) (pland-project-live-p project)))
                  pland-projects)
      (user-error "The server for %s does not run; M-x pland-start starts it, and your text is kept here" root)))

(defun pland-smerge-finish ()
  "Make the text of this buffer the resolution of its conflict."
  (interactive)
  (pland-merge-resolve (pland--project-at pland--merge-project) pland--merge
                       (buffer-substring-no-properties (point-min) (point-max)))
  (set-buffer-modified-p nil)
  (quit-window t))

(defun pland-smerge-abort ()
  "Leave the conflict as it is."
  (interactive)
  (set-buffer-modified-p nil)
  (quit-window t))

;;;; Ediff

(defconst pland--ediff-pattern '("<<<<<<< ours" A "=======" B ">>>>>>> theirs")
  "How Ediff shows what is not decided yet: so that Smerge understands it.")

(defun pland-ediff-open (project conflict)
  "Merge CONFLICT of PROJECT in Ediff, with its ancestor.
When the session ends its result becomes the resolution."
  (let* ((merge (pland--merge-of conflict))
         (path (plist-get conflict :path))
         (root (pland-project-root project))
         (names (pland--names conflict))
         (windows (current-window-configuration))
         (buffer (lambda (name side)
                   (pland--merge-buffer (format "*%s: %s*" name path) path
                                        (pland-merge-text merge (lambda (hunk) (pland--side hunk side))))))
         (ours (funcall buffer (car names) :ours))
         (theirs (funcall buffer (cdr names) :theirs))
         (base (funcall buffer "base" :base))
         ;; Whatever the person's default is: what nobody decided must not look decided.
         (control (let ((ediff-autostore-merges nil) (ediff-combination-pattern pland--ediff-pattern)
                        (ediff-default-variant 'combined))
                    (ediff-merge-buffers-with-ancestor ours theirs base))))
    (with-current-buffer control
      (setq-local ediff-autostore-merges nil)
      (setq-local ediff-combination-pattern pland--ediff-pattern)
      (setq-local ediff-quit-hook
                  (list (lambda () (pland--ediff-over root merge (list ours theirs base) windows))
                        #'ediff-cleanup-mess))
      (when (> ediff-number-of-differences 0) (ediff-next-difference)))
    control))

(defun pland--ediff-over (root merge buffers windows)
  "Resolve MERGE of the project at ROOT by the Ediff session that ends here.
BUFFERS hold its sides; WINDOWS are those of before.  A result that
cannot be taken stays, in Smerge."
  (let* ((result ediff-buffer-C)
         (text (with-current-buffer result (buffer-substring-no-properties (point-min) (point-max))))
         (failure (condition-case problem
                      (progn (pland-merge-resolve (pland--project-at root) merge text) nil)
                    (error (error-message-string problem)))))
    (with-current-buffer result
      (if (not failure)
          (set-buffer-modified-p nil)
        (setq pland--merge merge pland--merge-project root)
        (smerge-mode 1)
        (pland-smerge-mode 1)
        (rename-buffer (format "*pland resolve: %s*" (plist-get (pland-merge-conflict merge) :path)) t)))
    ;; When Ediff has tidied up.
    (run-with-timer 0 nil
                    (lambda ()
                      (mapc (lambda (each) (when (buffer-live-p each) (kill-buffer each)))
                            (if failure buffers (cons result buffers)))
                      (set-window-configuration windows)
                      (when failure
                        (when (buffer-live-p result) (pop-to-buffer result))
                        (message "%s" (concat failure
                                              (substitute-command-keys
                                               "; it stays in its buffer, where \\<pland-smerge-mode-map>\
\\[pland-smerge-finish] resolves and \\[pland-smerge-abort] leaves it"))))))))

(provide 'pland-merge)
;;; pland-merge.el ends here
