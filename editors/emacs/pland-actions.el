;;; pland-actions.el --- Code actions and lenses of plans  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The server's quick fixes at point, whatever client a buffer has, and its code lenses as overlays, which Eglot does
;; not show.

;;; Code:

(require 'cl-lib)
(require 'pland-project)
(require 'pland-documents)

(defvar pland-lenses-changed-functions nil
  "Called with a project whose code lenses may read differently.")

(defvar pland-plan-managed-hook nil
  "Run in a plan file when a client took it or gave it back.")

(defvar pland-command-functions nil
  "Alist from a verb to the function that runs it for a person, with its params.")

;;;; Commands of the server

(defun pland-run-command (project command arguments)
  "Run COMMAND of PROJECT's server with ARGUMENTS."
  (let* ((verb (string-remove-prefix "pland." command))
         (params (and (> (length arguments) 0) (elt arguments 0)))
         (function (alist-get verb pland-command-functions nil nil #'equal)))
    (if function
        (funcall function project params)
      (pland-request project "workspace/executeCommand"
                     (list :command command :arguments (or arguments []))))))

(defun pland-run-action (project action)
  "Run the code action or command ACTION of PROJECT's server."
  (let ((command (plist-get action :command)))
    (when (plist-get action :edit) (error "This action edits files, which no action of pland does"))
    (cond ((stringp command) (pland-run-command project command (plist-get action :arguments)))
          (command (pland-run-command project (plist-get command :command) (plist-get command :arguments)))
          ((plist-get action :data)
           (let ((whole (pland-request project "codeAction/resolve" action)))
             (unless (plist-get whole :command) (user-error "This action cannot be run any more"))
             (pland-run-action project whole)))
          (t (user-error "This action cannot be run")))))

;;;; Choosing

(defun pland-read-title (prompt titles)
  "Ask with PROMPT for one of TITLES, shown in their order; the first is offered."
  (completing-read (format-prompt (string-trim-right prompt "[: ]+") (car titles))
                   (lambda (string predicate action)
                     (if (eq action 'metadata)
                         '(metadata (display-sort-function . identity) (cycle-sort-function . identity))
                       (complete-with-action action titles string predicate)))
                   nil t nil nil (car titles)))

;;;; Code actions

(defun pland--diagnostics-between (beg end)
  "Diagnostics of the server that touch the lines from BEG to END of this buffer."
  (cl-remove-if-not
   (lambda (diagnostic)
     (let ((region (pland-diagnostic-region diagnostic)))
       (and (<= (car region) end) (>= (cdr region) beg))))
   (let ((project (pland-here)))
     (append (gethash (file-truename buffer-file-name) (pland-project-diagnostics project)) nil))))

(defun pland-here ()
  "The project of this buffer, or an error that says what to do."
  (or (pland-project-here)
      (user-error "No server of pland runs here: open a plan file, or M-x pland-start")))

(defvar-local pland--list-project nil "The project that this list is of.")

(defun pland-project-here ()
  "The project of this buffer, or the only one, or nil."
  (cond ((pland-project-live-p pland--list-project) pland--list-project)
        ((pland-project-live-p pland--project) pland--project)
        ;; The server was started anew since: the project of the same folder.
        (pland--list-project (cl-find (pland-project-root pland--list-project) pland-projects
                                      :key #'pland-project-root :test #'equal))
        ((pland-project-of-file (or buffer-file-name default-directory)))
        ((and (null (cdr pland-projects)) (pland-project-live-p (car pland-projects))) (car pland-projects))))

(defun pland-actions-between (project beg end)
  "Code actions of PROJECT's server for the text from BEG to END, as a list."
  (append (pland-request project "textDocument/codeAction"
                         (list :textDocument (list :uri (pland-path-to-uri buffer-file-name))
                               :range (list :start (pland-position beg) :end (pland-position end))
                               :context (list :diagnostics (vconcat (pland--diagnostics-between beg end))
                                              :only ["quickfix"])))
          nil))

;;;###autoload
(defun pland-code-actions (beg end)
  "Choose a remedy for what pland says about the line at point.
With an active region, about the text from BEG to END."
  (interactive (if (use-region-p)
                   (list (region-beginning) (region-end))
                 (list (line-beginning-position) (line-end-position))))
  (let* ((project (pland-here))
         (actions (pland-actions-between project beg end)))
    (unless actions (user-error "Nothing of pland to be done here"))
    (let* ((titles (mapcar (lambda (action) (plist-get action :title)) actions))
           (title (pland-read-title "Do: " titles)))
      (pland-run-action project (nth (cl-position title titles :test #'equal) actions)))))

;;;; Code lenses

(defface pland-lens '((t :inherit link :height 0.9))
  "Face of a code lens."
  :group 'pland)

(defvar-local pland--lenses nil "Overlays that show code lenses.")
(defvar-local pland--lens-tick nil "The request for lenses whose answer is awaited.")

(defun pland--lens-runner (project lens)
  "A command that runs LENS of PROJECT."
  (lambda (&optional _event)
    (interactive)
    (pland-run-action project lens)))

(defun pland--lens-text (project lenses)
  "What is shown of LENSES, those of one line, of PROJECT."
  (mapconcat (lambda (lens)
               (let ((map (make-sparse-keymap)) (run (pland--lens-runner project lens)))
                 (define-key map [mouse-1] run)
                 (propertize (plist-get (plist-get lens :command) :title)
                             'face 'pland-lens 'mouse-face 'highlight 'keymap map
                             'help-echo "mouse-1, or M-x pland-lens: run it")))
             lenses (propertize " | " 'face 'shadow)))

(defun pland--clear-lenses ()
  "Show no lens in this buffer."
  (mapc #'delete-overlay pland--lenses)
  (setq pland--lenses nil))

(defun pland--show-lenses (project lenses)
  "Show LENSES of PROJECT behind the lines of this buffer."
  (pland--clear-lenses)
  (let (lines)
    (mapc (lambda (lens)
            (when (plist-get lens :command)
              (push lens (alist-get (plist-get (plist-get (plist-get lens :range) :start) :line) lines))))
          lenses)
    (save-excursion
      (save-restriction
        (widen)
        (pcase-dolist (`(,line . ,here) lines)
          (let* ((end (progn (goto-char (point-min)) (forward-line line) (line-end-position)))
                 (overlay (make-overlay (line-beginning-position) end nil t t)))
            (overlay-put overlay 'pland-lenses (reverse here))
            (overlay-put overlay 'after-string
                         (concat (propertize "    " 'cursor 0) (pland--lens-text project (reverse here))))
            (push overlay pland--lenses)))))))

(defun pland-refresh-lenses ()
  "Ask for the code lenses of this plan file and show them."
  (let ((project (pland-project-of-file buffer-file-name)) (buffer (current-buffer)))
    (if (not project)
        (pland--clear-lenses)
      (let ((tick (list (buffer-chars-modified-tick))))
        (setq pland--lens-tick tick)
        (pland-request-async
         project "textDocument/codeLens"
         (list :textDocument (list :uri (pland-path-to-uri buffer-file-name)))
         (lambda (lenses)
           (when (buffer-live-p buffer)
             (with-current-buffer buffer
               (when (and (eq tick pland--lens-tick) (eql (car tick) (buffer-chars-modified-tick)))
                 (pland--show-lenses project lenses)))))
         #'ignore)))))

(defun pland-lenses-here ()
  "Code lenses of the line at point, as a list."
  (cl-loop for overlay in (overlays-in (line-beginning-position) (line-end-position))
           append (overlay-get overlay 'pland-lenses)))

;;;###autoload
(defun pland-lens ()
  "Run a code lens of the line at point."
  (interactive)
  (let* ((project (pland-here))
         (lenses (or (pland-lenses-here)
                     (let ((line (1- (line-number-at-pos nil t))))
                       (cl-remove-if-not
                        (lambda (lens)
                          (eql line (plist-get (plist-get (plist-get lens :range) :start) :line)))
                        (append (pland-request project "textDocument/codeLens"
                                               (list :textDocument
                                                     (list :uri (pland-path-to-uri buffer-file-name))))
                                nil)))))
         (titles (mapcar (lambda (lens) (plist-get (plist-get lens :command) :title)) lenses)))
    (unless lenses (user-error "There is no code lens on this line"))
    (let ((title (if (cdr titles) (pland-read-title "Run: " titles) (car titles))))
      (pland-run-action project (nth (cl-position title titles :test #'equal) lenses)))))

(provide 'pland-actions)
;;; pland-actions.el ends here
