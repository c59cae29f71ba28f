;;; pland-trust.el --- Whether a plan's commands may run  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; A plan file comes with the project, and its commands run with the person's rights.  Before the first run of each
;; text of a plan file the person sees its commands and is asked once.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'pland-project)
(require 'pland-documents)

(defcustom pland-confirm-commands t
  "Whether to ask before a plan file runs commands for the first time.
You are asked once for each text of a plan file.  A project cannot change this."
  :group 'pland
  :type '(choice (const :tag "Once for each text of a plan file" t)
                 (const :tag "Run plan files without asking" nil))
  :risky t)

(defcustom pland-approved-file (locate-user-emacs-file "pland-approved")
  "Where it is kept what may run: hashes of texts and ids of plans, a line each."
  :group 'pland
  :type 'file
  :risky t)

(defconst pland--most-approved 500 "How many lines of `pland-approved-file' are kept.")

;;;; What was allowed

(defun pland--approved ()
  "What may run, the newest last."
  (when (file-readable-p pland-approved-file)
    (with-temp-buffer
      (insert-file-contents pland-approved-file)
      (split-string (buffer-string) "\n" t))))

(defun pland--remember-approved (what)
  "Keep that WHAT, the hash of a text or the id of a plan, may run."
  (let ((all (pland--approved)))
    (unless (member what all)
      (make-directory (file-name-directory pland-approved-file) t)
      (with-temp-file pland-approved-file
        (dolist (one (last (append all (list what)) pland--most-approved))
          (insert one "\n"))))))

(defun pland-trust-plan (id)
  "The plan ID may go on, whatever its file says by now."
  (when id (pland--remember-approved id)))

;;;; What a plan file says

(defun pland--plan-file-text (file)
  "What FILE says now, what is not saved included; nil when it cannot be read."
  (let ((buffer (find-buffer-visiting file)))
    (cond (buffer (with-current-buffer buffer (pland--text)))
          ((file-readable-p file)
           (with-temp-buffer
             (let ((coding-system-for-read 'utf-8-unix)) (insert-file-contents file))
             (buffer-string))))))

(defun pland--print-of (file text)
  "What is remembered of FILE with TEXT."
  (secure-hash 'sha256 (encode-coding-string (concat (pland-path-to-uri file) "\0" text) 'utf-8)))

(defconst pland--command-key "[ \t]*\\(?:- \\)?[\"']?\\(?:run\\|check\\)[\"']?[ \t]*:[ \t]*"
  "The start of a line with a command.")

(defun pland--plain-value (value)
  "VALUE of YAML without the quotes around it."
  (let ((text (string-trim value)))
    (if (string-match "\\`\\([\"']\\)\\(\\(?:.\\|\n\\)*\\)\\1\\'" text) (match-string 2 text) text)))

(defun pland--indented (lines more)
  "Of LINES the first that stand deeper than MORE blanks."
  (cl-loop for line in lines
           for blank = (string-blank-p line)
           while (or blank (> (- (length line) (length (string-trim-left line))) more))
           unless blank collect (string-trim line)))

(defun pland--setup-commands (value lines)
  "Commands of `setup:' with VALUE behind it and LINES below."
  (append (when (string-match "\\`\\[\\(.*\\)\\][ \t]*\\'" value)
            (delete "" (mapcar #'pland--plain-value (split-string (match-string 1 value) ","))))
          (cl-loop for line in lines
                   while (string-match "\\`[ \t]*-[ \t]+\\(.*\\)" line)
                   collect (pland--plain-value (match-string 1 line)))))

(defun pland-commands-of (text)
  "The commands in TEXT, a plan, as far as they can be told from its lines.
A help for reading, no parser."
  (cl-loop
   for (line . below) on (split-string text "\r?\n")
   append
   (cond
    ((string-match (concat "\\`" pland--command-key "[|>][-+0-9]*[ \t]*\\'") line)
     (string-match "\\`[ \t]*\\(?:- \\)?" line)
     (let ((body (pland--indented below (match-end 0))))
       (when body (list (string-join body "; ")))))
    ((string-match (concat "\\`" pland--command-key "\\([^ \t].*\\)") line)
     (list (pland--plain-value (match-string 1 line))))
    ((string-match "[{,][ \t]*[\"']?run[\"']?[ \t]*:[ \t]*\\(.*?\\)}?,?[ \t]*\\'" line)
     (list (pland--plain-value (match-string 1 line))))
    ((string-match "\\`setup[ \t]*:[ \t]*\\(.*\\)" line)
     (pland--setup-commands (match-string 1 line) below)))))

;;;; Asking

(defun pland--commands-buffer (file text)
  "A buffer that shows the commands of FILE with TEXT."
  (with-current-buffer (get-buffer-create "*pland commands*")
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert (format "Commands of %s.  They come with this project.\n\n" (abbreviate-file-name file)))
      ;; Blanks could push what matters out of sight.
      (dolist (command (pland-commands-of text))
        (insert "  " (replace-regexp-in-string "[ \t\n]+" " " command) "\n"))
      (insert "\nCommands run in copies of your files, but with all your rights.  You are asked again when the file"
              " changes.\n")
      (goto-char (point-min)))
    (special-mode)
    (setq-local truncate-lines nil)
    (current-buffer)))

(defun pland--ask-commands (file text)
  "Ask whether the commands of FILE with TEXT may run."
  (let ((buffer (pland--commands-buffer file text)))
    (unwind-protect
        (save-window-excursion
          (unless noninteractive (display-buffer buffer))
          (condition-case nil
              (y-or-n-p (format "Run the commands of %s? " (file-name-nondirectory file)))
            (end-of-file
             (user-error "Nobody is here to be asked whether the commands of %s may run: see `pland-confirm-commands'"
                         (abbreviate-file-name file)))))
      (kill-buffer buffer))))

(defun pland-check-file-trust (file)
  "Signal an error unless the commands of FILE may run.
Ask about a text that was never allowed."
  (let (text)
    (while (and (setq text (pland--plan-file-text file))
                (not (member (pland--print-of file text) (pland--approved))))
      (unless (pland--ask-commands file text) (user-error "Nothing was run"))
      ;; What was read is what may run: the text may be another by now.
      (when (equal text (pland--plan-file-text file))
        (pland--remember-approved (pland--print-of file text))))))

(defun pland-check-trust (project params)
  "Signal an error unless what PARAMS name in PROJECT may run.
A plan that was allowed may go on, whatever its file says by now."
  (when pland-confirm-commands
    (let* ((subplan (plist-get params :subplanId))
           (plan (pland-root-plan project (if subplan (pland-plan-of-subplan project subplan)
                                            (pland-plan project (plist-get params :planId)))))
           (id (plist-get plan :planId))
           (file (pland-uri-to-path (or (plist-get plan :uri) (plist-get params :uri) ""))))
      (unless (and id (member id (pland--approved)))
        (when file (pland-check-file-trust file))
        (pland-trust-plan id)))))

(provide 'pland-trust)
;;; pland-trust.el ends here
