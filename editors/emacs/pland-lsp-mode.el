;;; pland-lsp-mode.el --- Plans through lsp-mode  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; lsp-mode can have several servers in a buffer: ours is an add-on, so the person's own stays what it is.  Loaded
;; after `lsp-mode'.

;;; Code:

(require 'cl-lib)
(require 'pland-project)
(require 'pland-documents)
(require 'pland-edit)
(require 'pland-actions)
(require 'lsp-mode nil t)

(defvar lsp-clients)
(defvar lsp-mode)
(defvar lsp--buffer-workspaces)
(defvar lsp--buffer-deferred)
(defvar lsp--cur-workspace)
(defvar lsp--cur-version)
(defvar lsp-after-uninitialized-functions)
(defvar lsp-language-id-configuration)
(declare-function lsp-mode "lsp-mode")
(declare-function lsp-session "lsp-mode")
(declare-function lsp-session-folders "lsp-mode")
(declare-function lsp-register-client "lsp-mode")
(declare-function make-lsp-client "lsp-mode")
(declare-function lsp-stdio-connection "lsp-mode")
(declare-function lsp-request-async "lsp-mode")
(declare-function lsp-notify "lsp-mode")
(declare-function lsp--client-capabilities "lsp-mode")
(declare-function lsp--workspace-server-capabilities "lsp-mode")
(declare-function lsp--workspace-root "lsp-mode")
(declare-function lsp--workspace-status "lsp-mode")
(declare-function lsp--workspace-proc "lsp-mode")
(declare-function lsp--workspace-cmd-proc "lsp-mode")
(declare-function lsp--workspace-client "lsp-mode")
(declare-function lsp--workspace-shutdown-action "lsp-mode")
(declare-function lsp--workspace-buffers "lsp-mode")
(declare-function lsp--client-server-id "lsp-mode")
(declare-function lsp--open-in-workspace "lsp-mode")
(declare-function lsp--start-connection "lsp-mode")
(declare-function lsp--flush-delayed-changes "lsp-mode")
(declare-function lsp-workspace-shutdown "lsp-mode")
(declare-function lsp-session-folder->servers "lsp-mode")
(declare-function lsp-f-canonical "lsp-mode")
(declare-function lsp-diagnostics-flymake-mode "lsp-diagnostics")
(declare-function pland-restart-at "pland")

;;;; Values: lsp-mode has hash tables where the rest of this package has property lists

(defun pland-lsp--plain (value)
  "VALUE, of lsp-mode, with property lists and vectors."
  (cond ((hash-table-p value)
         (let (plist)
           (maphash (lambda (key one) (setq plist (cons (pland-lsp--plain one)
                                                        (cons (intern (concat ":" (format "%s" key))) plist))))
                    value)
           (nreverse plist)))
        ((vectorp value) (vconcat (mapcar #'pland-lsp--plain value)))
        ((and (consp value) (not (keywordp (car value)))) (vconcat (mapcar #'pland-lsp--plain value)))
        ((and (consp value)) (cl-loop for (key one) on value by #'cddr nconc (list key (pland-lsp--plain one))))
        (t value)))

;;;; The connection

(cl-defmethod pland-server-live-p ((server lsp--workspace))
  "Non-nil while SERVER answers."
  (and (eq 'initialized (lsp--workspace-status server))
       (process-live-p (lsp--workspace-cmd-proc server))))

(cl-defmethod pland-server-request ((server lsp--workspace) method params success failure)
  "Send METHOD with PARAMS to SERVER; call SUCCESS or FAILURE."
  (let ((lsp--cur-workspace server))
    (lsp-request-async method params
                       (lambda (result) (funcall success (pland-lsp--plain result)))
                       :error-handler (lambda (problem)
                                        (let ((problem (pland-lsp--plain problem)))
                                          (funcall failure (or (plist-get problem :message) (format "%s" problem))
                                                   (plist-get problem :data))))
                       :mode 'detached)))

(cl-defmethod pland-server-notify ((server lsp--workspace) method params)
  "Send METHOD with PARAMS to SERVER."
  (let ((lsp--cur-workspace server))
    (lsp-notify method params)))

(cl-defmethod pland-server-flush ((_server lsp--workspace))
  "Tell what was typed."
  (when (fboundp 'lsp--flush-delayed-changes) (lsp--flush-delayed-changes)))

(cl-defmethod pland-server-encoding ((server lsp--workspace))
  "What SERVER counts characters in."
  (or (plist-get (pland-lsp--plain (lsp--workspace-server-capabilities server)) :positionEncoding) "utf-16"))

(cl-defmethod pland-server-stop ((server lsp--workspace))
  "End SERVER."
  (lsp-workspace-shutdown server))

(cl-defmethod pland-server-restart ((server lsp--workspace))
  "Start SERVER anew."
  (let ((root (lsp--workspace-root server)))
    (lsp-workspace-shutdown server)
    (run-with-timer 0.2 nil #'pland-restart-at root)))

(cl-defmethod pland-server-log-buffers ((server lsp--workspace))
  "What SERVER said."
  (delq nil (list (get-buffer (format "*%s::stderr*" (lsp--client-server-id (lsp--workspace-client server))))
                  (get-buffer "*lsp-log*"))))

;;;; Files

(defun pland-lsp--workspace-at (root)
  "The server for ROOT that is up or coming up, or nil."
  (cl-find-if (lambda (workspace)
                (and (eq 'pland (lsp--client-server-id (lsp--workspace-client workspace)))
                     (process-live-p (lsp--workspace-cmd-proc workspace))))
              (gethash (lsp-f-canonical root) (lsp-session-folder->servers (lsp-session)))))

(defun pland-lsp--know-language ()
  "Let lsp-mode know what this buffer's language is called."
  (unless (or (assq major-mode lsp-language-id-configuration)
              (cl-some (lambda (entry) (and (stringp (car entry)) (string-match-p (car entry) buffer-file-name)))
                       lsp-language-id-configuration))
    (setq-local lsp-language-id-configuration
                (cons (cons major-mode (pland--language)) lsp-language-id-configuration))))

(defun pland-lsp--open (workspace)
  "Make this buffer one of WORKSPACE, beside those that it has."
  (unless (memq workspace lsp--buffer-workspaces)
    (pland-lsp--know-language)
    (setq lsp--buffer-workspaces (append lsp--buffer-workspaces (list workspace)))
    (lsp--open-in-workspace workspace)
    (unless lsp-mode (lsp-mode 1))))

(cl-defmethod pland-server-join ((server lsp--workspace))
  "Make this buffer one of SERVER."
  ;; Where lsp-mode is still to come, it brings us along.
  (unless (bound-and-true-p lsp--buffer-deferred)
    (pland-lsp--open server)))

(defun pland-lsp--a-buffer (root)
  "A buffer with a file below ROOT, a plan file rather than another."
  (let ((inside (cl-remove-if-not
                 (lambda (buffer)
                   (let ((file (buffer-file-name buffer)))
                     (and file (not (file-remote-p file)) (string-prefix-p root (file-truename file)))))
                 (buffer-list))))
    (or (cl-find-if (lambda (buffer) (pland-plan-file-p (buffer-file-name buffer))) inside)
        (car inside))))

(defun pland-lsp--add-folder (session folder)
  "Make FOLDER one of those of SESSION, which is not written to disk for it."
  (unless (member folder (lsp-session-folders session))
    (aset session (cl-struct-slot-offset 'lsp-session 'folders) (cons folder (lsp-session-folders session)))))

(defun pland-lsp-start (root)
  "Start the server for the folder ROOT, or join the one that runs."
  (let* ((root (pland--true-folder root))
         (session (lsp-session))
         (folder (lsp-f-canonical root))
         (workspace (pland-lsp--workspace-at root)))
    (with-current-buffer (or (pland-lsp--a-buffer root)
                             (user-error "Open a file of the project first"))
      (if workspace
          (pland-lsp--open workspace)
        (pland-lsp--know-language)
        (pland-lsp--add-folder session folder)
        (setq workspace (lsp--start-connection session (gethash 'pland lsp-clients) folder))
        (setq lsp--buffer-workspaces (append lsp--buffer-workspaces (list workspace)))
        (unless lsp-mode (lsp-mode 1))))))

(defun pland-lsp--active-p (file _mode)
  "Non-nil for a FILE that the server should see: a plan, or one of its project."
  (or (pland-plan-file-p file)
      (and pland-projects (pland-project-of-file file) (pland-file-to-follow-p))))

;;;; From the server

(defun pland-lsp--apply-edit (workspace params)
  "Make the edit in PARAMS that WORKSPACE asks for."
  (prog1 (pland-apply-edit (plist-get (pland-lsp--plain params) :edit))
    (pland-server-flush workspace)))

(defun pland-lsp--version ()
  "Version of this buffer as lsp-mode told it."
  (and (bound-and-true-p lsp-mode) lsp--cur-version))

(defun pland-lsp--diagnostics (params workspace)
  "Keep what WORKSPACE says in PARAMS, for code actions; lsp-mode shows it."
  (let* ((plain (pland-lsp--plain params))
         (path (pland-uri-to-path (plist-get plain :uri)))
         (buffer (and path (find-buffer-visiting path))))
    (pland-keep-diagnostics workspace path (vconcat (plist-get plain :diagnostics)))
    (when (and buffer (cl-some #'pland-project-of-server (buffer-local-value 'lsp--buffer-workspaces buffer)))
      (run-with-timer 0 nil #'pland-lsp--show-all buffer)))
  params)

(defvar lsp-diagnostics--flymake-report-fn)
(declare-function lsp-diagnostics--flymake-update-diagnostics "lsp-diagnostics")

(defun pland-lsp--show-all (buffer)
  "Show in BUFFER what all its servers say.
lsp-mode 8 hands Flymake what the server said that spoke last, and only
in the buffer that is current at that time."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (when (and (bound-and-true-p flymake-mode) (bound-and-true-p lsp-diagnostics--flymake-report-fn))
        (let ((lsp--cur-workspace nil))
          (lsp-diagnostics--flymake-update-diagnostics))))))

(defun pland-lsp--run (action)
  "Run ACTION, a command of the server that lsp-mode met in a code action or lens."
  (let ((plain (pland-lsp--plain action)))
    (pland-run-command (pland-here) (plist-get plain :command) (plist-get plain :arguments))))

(defun pland-lsp--table (&rest pairs)
  "A table of PAIRS."
  (let ((table (make-hash-table :test #'equal)))
    (cl-loop for (key value) on pairs by #'cddr do (puthash key value table))
    table))

(defun pland-lsp--ended (workspace)
  "WORKSPACE is gone: by wish, or start it again."
  (when (eq 'pland (lsp--client-server-id (lsp--workspace-client workspace)))
    (let ((wished (eq 'shutdown (lsp--workspace-shutdown-action workspace)))
          (root (lsp--workspace-root workspace))
          (known (pland-project-of-server workspace)))
      (pland-disconnected workspace)
      (unless wished
        ;; We start it ourselves: nobody is asked.
        (aset workspace (cl-struct-slot-offset 'lsp--workspace 'shutdown-action) 'shutdown)
        (when (and known (pland-may-restart-p root))
          (run-with-timer 0.2 nil #'pland-restart-at root))))))

(defvar lsp-diagnostic-filter)
(declare-function lsp-diagnostic-filter "lsp-mode")

(defun pland-lsp--filter ()
  "Hear of diagnostics before lsp-mode shows them."
  (if (functionp lsp-diagnostic-filter)
      (add-function :before (var lsp-diagnostic-filter) #'pland-lsp--diagnostics)
    (setq lsp-diagnostic-filter #'pland-lsp--diagnostics)))

(add-hook 'lsp-after-uninitialized-functions #'pland-lsp--ended)

(defun pland-lsp-register ()
  "Register the server with lsp-mode."
  (pland-lsp--filter)
  (setq pland-buffer-version-function #'pland-lsp--version)
  (lsp-register-client
   (make-lsp-client
    :new-connection (lsp-stdio-connection (lambda () (cons pland-program pland-arguments)))
    :activation-fn #'pland-lsp--active-p
    :language-id (lambda (buffer) (with-current-buffer buffer (pland--language)))
    ;; lsp-mode's own stumble over # and % in names.
    :path->uri-fn #'pland-name-to-uri
    :uri->path-fn #'pland-uri-to-path
    :add-on? t
    :priority -1
    :server-id 'pland
    :custom-capabilities (append '((experimental . ((pland . ((planChanged . t))))))
                                 ;; lsp-mode 8 counts characters, whatever the protocol says, and does not say so.
                                 (unless (assq 'general (lsp--client-capabilities))
                                   '((general . ((positionEncodings . ["utf-32"]))))))
    :after-open-fn (lambda () (setq pland-encoding (pland-server-encoding lsp--cur-workspace)))
    :initialized-fn (lambda (workspace) (pland-connected workspace (lsp--workspace-root workspace)))
    :notification-handlers
    (pland-lsp--table "pland/planChanged"
                      (lambda (workspace params) (pland-plan-changed workspace (pland-lsp--plain params))))
    :request-handlers
    (pland-lsp--table "workspace/applyEdit" #'pland-lsp--apply-edit
                      ;; A watch on each folder of the project is much for the few files that matter.
                      "client/registerCapability" #'ignore
                      "client/unregisterCapability" #'ignore)
    :action-handlers
    (apply #'pland-lsp--table
           (cl-loop for verb in '("use" "spawn" "execute" "resume" "revert" "tree" "errors" "events" "status"
                                  "cancel" "retry" "checkpoint" "checkpoints" "rollback" "conflicts" "resolve" "diff"
                                  "log" "apply" "undo" "doctor")
                    nconc (list (concat "pland." verb) #'pland-lsp--run))))))

(pland-lsp-register)

(provide 'pland-lsp-mode)
;;; pland-lsp-mode.el ends here
