;;; pland-documents.el --- Source files that a server of plans follows  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; A buffer has one Eglot server, and that is the person's own (clangd, say).  `pland-mode' is a second, thin client
;; beside it, on the connection that Eglot holds for the plan files: it tells the server the buffer's text and shows
;; the conflicts that the server finds there, through Flymake.  With lsp-mode none of this is needed.

;;; Code:

(require 'cl-lib)
(require 'flymake)
(require 'pland-project)

(defcustom pland-change-delay 0.3
  "Seconds after a change before the server is told."
  :group 'pland
  :type 'number)

(defvar-local pland--project nil "The project whose server follows this buffer.")
(defvar-local pland--uri nil "The uri under which the server knows this buffer.")
(defvar-local pland--version 0 "Version of the buffer's text, as told to the server.")
(defvar-local pland--changes nil "Changes not told yet, newest first; `whole' when they cannot be told singly.")
(defvar-local pland--before nil "What `before-change-functions' saw: (BEG END RANGE).")
(defvar-local pland--timer nil "Timer that tells the changes.")
(defvar-local pland--report nil "Flymake's function to report to.")

;;;; Positions

(defvar-local pland-encoding "utf-16"
  "What the server of this buffer counts characters in.")

(defun pland--width (text)
  "How wide TEXT is in `pland-encoding'."
  (pcase pland-encoding
    ("utf-8" (string-bytes (encode-coding-string text 'utf-8)))
    ("utf-32" (length text))
    (_ (+ (length text) (cl-count-if (lambda (character) (> character #xffff)) text)))))

(defun pland-position (point)
  "POINT as the protocol says it."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char point)
      (let ((start (line-beginning-position)))
        (list :line (1- (line-number-at-pos start t))
              :character (pland--width (buffer-substring-no-properties start point)))))))

(defun pland-point (position)
  "The point of the protocol's POSITION; no further than the end of its line."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char (point-min))
      (if (> (forward-line (plist-get position :line)) 0)
          (point-max)
        (let ((left (plist-get position :character)))
          (while (and (> left 0) (not (eolp)))
            (cl-decf left (pland--width (string (char-after))))
            (forward-char)))
        (point)))))

;;;; Line ends

(defun pland--dos-p ()
  "Non-nil when the file of this buffer has CRLF line ends, which Emacs hides."
  (eql 1 (coding-system-eol-type buffer-file-coding-system)))

(defun pland--to-file (text)
  "TEXT with the file's line ends."
  (if (pland--dos-p) (string-replace "\n" "\r\n" text) text))

(defun pland--from-file (text)
  "TEXT with Emacs' line ends."
  (if (pland--dos-p) (string-replace "\r\n" "\n" text) text))

(defun pland--text ()
  "The whole text as the file would hold it."
  (save-restriction
    (widen)
    (pland--to-file (buffer-substring-no-properties (point-min) (point-max)))))

;;;; Telling the server

(defun pland--before-change (beg end)
  "Remember where BEG and END are before the text between changes."
  (when (listp pland--changes)
    (setq pland--before (list beg end (list :start (pland-position beg) :end (pland-position end))))))

(defun pland--after-change (beg end length)
  "The text between BEG and END took the place of LENGTH characters."
  (when (listp pland--changes)
    (pcase pland--before
      (`(,(pred (eql beg)) ,(pred (eql (+ beg length))) ,range)
       (push (list :range range :text (pland--to-file (buffer-substring-no-properties beg end))) pland--changes))
      ;; Emacs announced another stretch than it changed.
      (_ (setq pland--changes 'whole))))
  (setq pland--before nil)
  (when pland--timer (cancel-timer pland--timer))
  (let ((buffer (current-buffer)))
    (setq pland--timer (run-with-timer pland-change-delay nil
                                       (lambda ()
                                         (when (buffer-live-p buffer)
                                           (with-current-buffer buffer (pland-tell-changes))))))))

(defun pland-tell-changes ()
  "Tell the server what was typed into this buffer."
  (when pland--timer (cancel-timer pland--timer) (setq pland--timer nil))
  (when (and pland--changes pland--project (pland-project-live-p pland--project))
    (let ((changes (if (eq pland--changes 'whole)
                       (vector (list :text (pland--text)))
                     (vconcat (reverse pland--changes)))))
      (setq pland--changes nil)
      (cl-incf pland--version)
      (pland-server-notify (pland-project-server pland--project) "textDocument/didChange"
                           (list :textDocument (list :uri pland--uri :version pland--version)
                                 :contentChanges changes)))))

(defun pland-tell-all-changes (project)
  "Tell the server of PROJECT what was typed into any buffer."
  (dolist (buffer (buffer-list))
    (when (eq project (buffer-local-value 'pland--project buffer))
      (with-current-buffer buffer (pland-tell-changes)))))

(defun pland--after-save ()
  "Tell the server that the file was saved."
  (when (pland-project-live-p pland--project)
    (pland-tell-changes)
    (pland-server-notify (pland-project-server pland--project) "textDocument/didSave"
                         (list :textDocument (list :uri pland--uri)))))

(defun pland--language ()
  "The protocol's name for the language of this buffer."
  (replace-regexp-in-string "\\(?:-ts\\)?-mode\\'" "" (symbol-name major-mode)))

(defvar pland-mode-map (make-sparse-keymap)
  "Keys in the files of a project with plans; see `pland-command-map'.")

;;;###autoload
(define-minor-mode pland-mode
  "This file belongs to a project with plans: conflicts are shown in it.
It is turned on by itself where a server runs."
  :lighter nil
  (if pland-mode (pland--mode-on) (pland--mode-off)))

(defun pland--mode-on ()
  "Make the buffer known to the server."
  (let ((project (pland-project-of-file buffer-file-name)))
    (cond
     ((not project)
      (setq pland-mode nil)
      (user-error "No server of pland runs for this file; M-x pland-start starts it"))
     (pland--project nil)
     (t
      (setq pland--project project
            pland--uri (pland-path-to-uri buffer-file-name)
            pland--version 0
            pland--changes nil
            pland-encoding (pland-server-encoding (pland-project-server project)))
      (add-hook 'before-change-functions #'pland--before-change nil t)
      (add-hook 'after-change-functions #'pland--after-change nil t)
      (add-hook 'after-save-hook #'pland--after-save nil t)
      (add-hook 'kill-buffer-hook #'pland--mode-off nil t)
      (add-hook 'change-major-mode-hook #'pland--mode-off nil t)
      (add-hook 'after-set-visited-file-name-hook #'pland--renamed nil t)
      (add-hook 'flymake-diagnostic-functions #'pland-flymake nil t)
      (pland-server-notify (pland-project-server project) "textDocument/didOpen"
                           (list :textDocument (list :uri pland--uri :languageId (pland--language)
                                                     :version 0 :text (pland--text))))
      (pland-show-diagnostics project (file-truename buffer-file-name))))))

(defun pland--mode-off ()
  "Take the buffer away from the server, with all that was shown of it."
  (when pland--project
    (when pland--timer (cancel-timer pland--timer) (setq pland--timer nil))
    (when (pland-project-live-p pland--project)
      (pland-server-notify (pland-project-server pland--project) "textDocument/didClose"
                           (list :textDocument (list :uri pland--uri))))
    (when (and pland--report flymake-mode) (pland--report-list nil))
    (setq pland--project nil pland--uri nil pland--report nil pland--changes nil)
    (dolist (hook '((before-change-functions . pland--before-change)
                    (after-change-functions . pland--after-change)
                    (after-save-hook . pland--after-save)
                    (kill-buffer-hook . pland--mode-off)
                    (change-major-mode-hook . pland--mode-off)
                    (after-set-visited-file-name-hook . pland--renamed)
                    (flymake-diagnostic-functions . pland-flymake)))
      (remove-hook (car hook) (cdr hook) t)))
  (setq pland-mode nil))

(defun pland--renamed ()
  "The buffer visits another file now."
  (pland--mode-off)
  (when (pland-project-of-file buffer-file-name) (pland-mode 1)))

(defun pland-file-to-follow-p ()
  "Non-nil when this buffer's file is one whose text the server should know."
  (and buffer-file-name
       (not (file-remote-p buffer-file-name))
       (not (string-match-p "/\\.git/" buffer-file-name))
       ;; The server reads UTF-8: another text would not be what the file holds.
       (memq (coding-system-type (or buffer-file-coding-system 'undecided)) '(utf-8 undecided))
       (not (string-match-p "utf-8-auto\\|with-signature" (symbol-name (or buffer-file-coding-system 'undecided))))))

;;;; Showing diagnostics

(defun pland--flymake-type (diagnostic)
  "Flymake's type for DIAGNOSTIC."
  (pcase (plist-get diagnostic :severity)
    (2 :warning)
    ((or 3 4) :note)
    (_ :error)))

(defun pland--flymake-text (diagnostic)
  "What is shown of DIAGNOSTIC."
  (format "%s [%s]: %s" (or (plist-get diagnostic :source) "pland") (plist-get diagnostic :code)
          (plist-get diagnostic :message)))

(defun pland-diagnostic-region (diagnostic)
  "Bounds of DIAGNOSTIC in this buffer, a whole line when it has no width."
  (let* ((range (plist-get diagnostic :range))
         (beg (pland-point (plist-get range :start)))
         (end (pland-point (plist-get range :end))))
    (if (< beg end)
        (cons beg end)
      (save-excursion
        (goto-char beg)
        (cons (line-beginning-position) (min (point-max) (max (1+ (line-beginning-position)) (line-end-position))))))))

(defun pland-buffer-diagnostics ()
  "What the server says about this buffer's file, as a list."
  (when (and pland--project buffer-file-name)
    (append (gethash (file-truename buffer-file-name) (pland-project-diagnostics pland--project)) nil)))

(defun pland--report-list (diagnostics)
  "Make DIAGNOSTICS all that Flymake shows of us."
  (save-restriction
    (widen)
    (funcall pland--report
             (mapcar (lambda (diagnostic)
                       (let ((region (pland-diagnostic-region diagnostic)))
                         (flymake-make-diagnostic (current-buffer) (car region) (cdr region)
                                                  (pland--flymake-type diagnostic)
                                                  (pland--flymake-text diagnostic) diagnostic)))
                     diagnostics)
             :region (cons (point-min) (point-max)))))

(defun pland-flymake (report &rest _)
  "Backend of Flymake: tell with REPORT what the server said, now and later."
  (setq pland--report report)
  (pland--report-list (pland-buffer-diagnostics)))

(defun pland--show-in-buffer ()
  "Show this buffer's diagnostics."
  (cond
   ((and flymake-mode pland--report (memq #'pland-flymake flymake-diagnostic-functions))
    (pland--report-list (pland-buffer-diagnostics)))
   (flymake-mode
    (add-hook 'flymake-diagnostic-functions #'pland-flymake nil t)
    (flymake-start))
   ((pland-buffer-diagnostics)
    ;; Nobody asked for other checkers here.
    (setq-local flymake-diagnostic-functions (list #'pland-flymake))
    (flymake-mode 1)
    (flymake-start))))

(defun pland-keep-backend ()
  "Add our backend again: Eglot replaces those of a buffer that it takes."
  (when pland--project
    (setq pland--report nil)
    (pland--show-in-buffer)))

(defun pland-show-diagnostics (project path)
  "Show what PROJECT's server says about the file PATH."
  (let ((buffer (find-buffer-visiting path))
        (diagnostics (append (gethash path (pland-project-diagnostics project)) nil)))
    (setq flymake-list-only-diagnostics
          (cl-remove path flymake-list-only-diagnostics :key #'car :test #'equal))
    (cond
     ((and buffer (buffer-local-value 'pland--project buffer))
      (with-current-buffer buffer (pland--show-in-buffer)))
     ((and (null buffer) diagnostics)
      (push (cons path
                  (mapcar (lambda (diagnostic)
                            (let ((start (plist-get (plist-get diagnostic :range) :start)))
                              (flymake-make-diagnostic path (cons (1+ (plist-get start :line))
                                                                  (1+ (plist-get start :character)))
                                                       nil (pland--flymake-type diagnostic)
                                                       (pland--flymake-text diagnostic))))
                          diagnostics))
            flymake-list-only-diagnostics)))))

(defun pland-keep-diagnostics (server path diagnostics)
  "SERVER says DIAGNOSTICS about the file PATH; its true name, or nil."
  (let ((project (pland-project-of-server server)))
    (when (and project path)
      (setq path (file-truename path))
      (if (zerop (length diagnostics))
          (remhash path (pland-project-diagnostics project))
        (puthash path diagnostics (pland-project-diagnostics project)))
      path)))

(defun pland-take-diagnostics (server uri diagnostics)
  "SERVER published DIAGNOSTICS for URI."
  (when-let ((path (pland-keep-diagnostics server (pland-uri-to-path uri) diagnostics))
             (project (pland-project-of-server server)))
    (pland-show-diagnostics project path)
    (run-hook-with-args 'pland-plans-changed-functions project)))

(defun pland-drop-diagnostics (project)
  "Show nothing any more of what PROJECT's server said."
  (let (paths)
    (maphash (lambda (path _) (push path paths)) (pland-project-diagnostics project))
    (clrhash (pland-project-diagnostics project))
    (dolist (path paths) (pland-show-diagnostics project path))))

(provide 'pland-documents)
;;; pland-documents.el ends here
