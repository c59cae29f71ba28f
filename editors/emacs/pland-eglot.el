;;; pland-eglot.el --- Plans through Eglot  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Eglot runs the server and manages the plan files.  It has one server for a buffer, so source files, which may have
;; a server of their own, are followed by `pland-mode' on the same connection.  Loaded after `eglot'.

;;; Code:

(require 'cl-lib)
(require 'pland-project)
(require 'pland-documents)
(require 'pland-edit)
(require 'pland-actions)
(require 'eglot nil t)

(defvar pland-lenses-as-overlays)
(defvar eglot-server-programs)
(defvar eglot-managed-mode-hook)
(defvar eglot-sync-connect)
(defvar eglot--versioned-identifier)
(defvar eglot--docver)
(defvar eglot--recent-changes)
(defvar eglot--cached-server)
(declare-function jsonrpc-running-p "jsonrpc")
(declare-function jsonrpc-async-request "jsonrpc")
(declare-function jsonrpc-notify "jsonrpc")
(declare-function jsonrpc-events-buffer "jsonrpc")
(declare-function jsonrpc-stderr-buffer "jsonrpc")
(declare-function eglot--connect "eglot")
(declare-function eglot--guess-contact "eglot")
(declare-function eglot--project "eglot")
(declare-function eglot--capabilities "eglot")
(declare-function eglot--signal-textDocument/didChange "eglot")
(declare-function eglot-client-capabilities "eglot")
(declare-function eglot-handle-notification "eglot")
(declare-function eglot-handle-request "eglot")
(declare-function eglot-execute-command "eglot")
(declare-function eglot-shutdown "eglot")
(declare-function eglot-reconnect "eglot")
(declare-function eglot-current-server "eglot")
(declare-function eglot-managed-p "eglot")
(declare-function project-root "project")
(declare-function pland-restart-at "pland")

(defclass pland-eglot-server (eglot-lsp-server)
  ((root :initform nil :accessor pland-eglot--root))
  "A server of plans.")

(defun pland-eglot-contact (&optional _interactive &rest _)
  "How Eglot starts the server."
  `(pland-eglot-server ,pland-program ,@pland-arguments))

(add-to-list 'eglot-server-programs '(pland-plan-mode . pland-eglot-contact))

;;;; What the client can do

(defun pland-eglot--with (plist path value)
  "PLIST with VALUE at PATH, a list of keys."
  (let ((copy (copy-sequence plist)))
    (plist-put copy (car path)
               (if (cdr path)
                   (let ((inner (plist-get copy (car path))))
                     (pland-eglot--with (if (listp inner) inner nil) (cdr path) value))
                 value))))

(cl-defmethod eglot-client-capabilities ((_server pland-eglot-server))
  "Those of Eglot, and what this package does itself."
  (let ((all (cl-call-next-method)))
    (pcase-dolist (`(,path . ,value)
                   '(((:workspace :workspaceEdit :documentChanges) . t)
                     ((:workspace :workspaceEdit :resourceOperations) . ["delete"])
                     ((:workspace :codeLens) . (:refreshSupport t))
                     ;; A watch on each folder of the project is much for the few files that matter.
                     ((:workspace :didChangeWatchedFiles :dynamicRegistration) . :json-false)
                     ((:textDocument :codeAction :dataSupport) . t)
                     ((:textDocument :publishDiagnostics :versionSupport) . t)
                     ((:textDocument :publishDiagnostics :dataSupport) . t)
                     ((:experimental) . (:pland (:planChanged t)))))
      (setq all (pland-eglot--with all path value)))
    all))

;;;; The connection

(cl-defmethod pland-server-live-p ((server pland-eglot-server))
  "Non-nil while the process of SERVER runs."
  (jsonrpc-running-p server))

(cl-defmethod pland-server-request ((server pland-eglot-server) method params success failure)
  "Send METHOD with PARAMS to SERVER; call SUCCESS or FAILURE."
  (jsonrpc-async-request server (intern method) params
                         :success-fn success
                         :error-fn (lambda (problem)
                                     (funcall failure (plist-get problem :message) (plist-get problem :data)))
                         :timeout nil))

(cl-defmethod pland-server-notify ((server pland-eglot-server) method params)
  "Send METHOD with PARAMS to SERVER."
  (jsonrpc-notify server (intern method) params))

(cl-defmethod pland-server-flush ((server pland-eglot-server))
  "Tell SERVER what was typed into plan files and source files."
  (when-let ((project (pland-project-of-server server)))
    (pland-tell-all-changes project))
  (dolist (buffer (buffer-list))
    (when (eq server (buffer-local-value 'eglot--cached-server buffer))
      (with-current-buffer buffer
        (when (eglot-managed-p) (eglot--signal-textDocument/didChange))))))

(cl-defmethod pland-server-stop ((server pland-eglot-server))
  "End SERVER."
  (eglot-shutdown server nil nil t))

(cl-defmethod pland-server-restart ((server pland-eglot-server))
  "Start SERVER anew."
  (eglot-reconnect server))

(cl-defmethod pland-server-join ((_server pland-eglot-server))
  "Follow this buffer, beside whatever server it has.
Plan files are Eglot's: told twice, what is typed into them would come twice."
  (unless (derived-mode-p 'pland-plan-mode)
    (pland-mode 1)))

(cl-defmethod pland-server-log-buffers ((server pland-eglot-server))
  "What was said with SERVER, and what it said beside."
  (delq nil (list (ignore-errors (jsonrpc-stderr-buffer server)) (jsonrpc-events-buffer server))))

(cl-defmethod pland-server-encoding ((server pland-eglot-server))
  "What SERVER counts characters in."
  (or (plist-get (eglot--capabilities server) :positionEncoding) "utf-16"))

;;;; From the server

(cl-defmethod eglot-handle-notification ((server pland-eglot-server) (_method (eql pland/planChanged))
                                         &rest params)
  "SERVER says in PARAMS that a plan changed."
  (pland-plan-changed server params))

(cl-defmethod eglot-handle-notification ((server pland-eglot-server)
                                         (_method (eql textDocument/publishDiagnostics))
                                         &key uri diagnostics &allow-other-keys)
  "Plan files are Eglot's, all others are ours: show DIAGNOSTICS of SERVER for URI."
  (let* ((path (pland-uri-to-path uri))
         (buffer (and path (find-buffer-visiting path))))
    (if (and buffer (eq server (buffer-local-value 'eglot--cached-server buffer)))
        (cl-call-next-method)
      (pland-take-diagnostics server uri diagnostics))))

(cl-defmethod eglot-handle-notification ((_server pland-eglot-server) (_method (eql window/showMessage))
                                         &key message &allow-other-keys)
  "Show MESSAGE."
  (message "pland: %s" message))

(cl-defmethod eglot-handle-request ((server pland-eglot-server) (_method (eql workspace/applyEdit))
                                    &key edit &allow-other-keys)
  "Make EDIT, which SERVER asks for because a person applied a plan."
  (prog1 (pland-apply-edit edit)
    (pland-server-flush server)))

(cl-defmethod eglot-handle-request ((server pland-eglot-server) (_method (eql workspace/codeLens/refresh))
                                    &rest _)
  "The lenses of SERVER read differently now."
  (when-let ((project (pland-project-of-server server)))
    (run-hook-with-args 'pland-lenses-changed-functions project))
  nil)

(cl-defmethod eglot-execute-command ((server pland-eglot-server) command arguments)
  "Run COMMAND of SERVER with ARGUMENTS, as from a code action."
  (pland-run-command (pland-project-of-server server) (format "%s" command) arguments))

(when (fboundp 'eglot-execute)
  (cl-defmethod eglot-execute ((server pland-eglot-server) action)
    "Run ACTION of SERVER."
    (pland-run-action (pland-project-of-server server) action)))

;;;; Life

(defun pland-eglot--version ()
  "Version of this buffer as Eglot told it; `changed' when there is more."
  (when (and (fboundp 'eglot-managed-p) (eglot-managed-p))
    (cond (eglot--recent-changes 'changed)
          ((boundp 'eglot--docver) eglot--docver)
          (t eglot--versioned-identifier))))

(setq pland-buffer-version-function #'pland-eglot--version)

(defun pland-eglot--slot (server slot)
  "Value of SLOT of SERVER, nil where it has none."
  (and (slot-boundp server slot) (slot-value server slot)))

(defun pland-eglot--set-slot (server slot value)
  "Make VALUE that of SLOT of SERVER."
  (setf (slot-value server slot) value))

(defun pland-eglot--connected (server)
  "SERVER is ready."
  (when (cl-typep server 'pland-eglot-server)
    (let ((root (project-root (eglot--project server))))
      (setf (pland-eglot--root server) root)
      ;; How often it comes back is `pland-max-restarts', not how long it lived.
      (let ((timer (pland-eglot--slot server 'inhibit-autoreconnect)))
        (when (timerp timer) (cancel-timer timer))
        (pland-eglot--set-slot server 'inhibit-autoreconnect t))
      (pland-connected server root))))

(defun pland-eglot--ended (server)
  "SERVER is dead: by wish, or start it again."
  (when (cl-typep server 'pland-eglot-server)
    (let ((root (pland-eglot--root server))
          (wished (pland-eglot--slot server 'shutdown-requested)))
      (pland-disconnected server)
      (when (and root (not wished) (pland-may-restart-p root))
        (run-with-timer 0.2 nil #'pland-restart-at root)))))

(defun pland-eglot-start (root)
  "Start the server for the folder ROOT, or join the one that runs."
  (with-temp-buffer
    (setq default-directory (pland--true-folder root))
    (setq major-mode 'pland-plan-mode)
    (unless (eglot-current-server)
      (apply #'eglot--connect
             ;; Eglot asks the buffer what to start, and one without a file has nothing to tell it.
             (let ((buffer-file-name (expand-file-name "new.plan.yaml")))
               (eglot--guess-contact))))))

(defun pland-eglot--manage ()
  "Eglot took this buffer, or gave it back."
  (pland-keep-backend)
  (when (derived-mode-p 'pland-plan-mode)
    (setq pland-lenses-as-overlays t)
    (when (eglot-managed-p)
      (setq pland-encoding (pland-server-encoding (eglot-current-server))))
    (run-hooks 'pland-plan-managed-hook)))

(add-hook 'eglot-connect-hook #'pland-eglot--connected)
(add-hook 'eglot-managed-mode-hook #'pland-eglot--manage)

(cl-defmethod initialize-instance :after ((server pland-eglot-server) &rest _)
  "Notice the end of SERVER."
  (let ((ended (pland-eglot--slot server '-on-shutdown)))
    (pland-eglot--set-slot server '-on-shutdown
                           (lambda (server)
                             (unwind-protect (funcall ended server)
                               (pland-eglot--ended server))))))

(provide 'pland-eglot)
;;; pland-eglot.el ends here
