;;; pland-project.el --- What is known of a project's plans  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; A project is one running server and what it told: plans, diagnostics.  The server is an object of the language
;; client in use; what is done with it goes through the generic functions here, which `pland-eglot' and
;; `pland-lsp-mode' implement.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'url-util)

(defgroup pland nil
  "Plans whose pieces run side by side, merged where you decide."
  :group 'tools
  :prefix "pland-")

(defcustom pland-program "pland"
  "The server's program: a name on the variable `exec-path', or a path."
  :type 'string)

(defcustom pland-arguments nil
  "More arguments for the server, such as \"--log=FILE\"."
  :type '(repeat string))

(defcustom pland-max-restarts 4
  "How often within three minutes a server that ended by itself is started again."
  :type 'natnum)

(defconst pland-empty (make-hash-table :size 1)
  "The empty JSON object.")

(cl-defstruct (pland-project (:constructor pland-project--make) (:copier nil))
  "A running server and what it told."
  root                                          ; true name of the folder, with a slash at the end
  server
  (plans (make-hash-table :test #'equal))       ; plan id -> answer of `status'
  (revisions (make-hash-table :test #'equal))   ; plan id -> the newest revision heard of
  (asking (make-hash-table :test #'equal))      ; plan id -> non-nil while its status is asked for
  (diagnostics (make-hash-table :test #'equal))) ; true path -> vector of diagnostics

;;;; What a language client does for us

(cl-defgeneric pland-server-live-p (server)
  "Non-nil while SERVER answers.")
(cl-defgeneric pland-server-request (server method params success failure)
  "Send METHOD with PARAMS to SERVER.
SUCCESS is called with the answer, or FAILURE with a message and data.")
(cl-defgeneric pland-server-notify (server method params)
  "Send the notification METHOD with PARAMS to SERVER.")
(cl-defgeneric pland-server-flush (server)
  "Tell SERVER what was typed and not told yet."
  (ignore server))
(cl-defgeneric pland-server-stop (server)
  "End SERVER; it is not started again by itself.")
(cl-defgeneric pland-server-restart (server)
  "End SERVER and start it anew.")
(cl-defgeneric pland-server-join (server)
  "Make the file of the current buffer known to SERVER.")
(cl-defgeneric pland-server-encoding (server)
  "What SERVER counts characters in."
  (ignore server)
  "utf-16")
(cl-defgeneric pland-server-log-buffers (server)
  "Buffers that hold what was said with SERVER.")

;;;; Projects

(defvar pland-projects nil
  "The projects whose server runs.")

(defvar pland-plans-changed-functions nil
  "Called with a project when anything about its plans changed.")

(defvar pland-connected-functions nil
  "Called with a project when its server is ready.")

(defvar pland-disconnected-functions nil
  "Called with a project when its server is gone.")

(defun pland--true-folder (folder)
  "True name of FOLDER with a slash at its end."
  (file-name-as-directory (file-truename folder)))

(defun pland-project-live-p (project)
  "Non-nil when the server of PROJECT runs."
  (and project (memq project pland-projects) (pland-server-live-p (pland-project-server project))))

(defun pland-project-of-server (server)
  "The project that SERVER serves."
  (cl-find server pland-projects :key #'pland-project-server))

(defun pland-project-of-file (file)
  "The project with a running server that FILE lies in; the innermost."
  (when (and file (not (file-remote-p file)))
    (let ((path (file-truename file)) best)
      (dolist (project pland-projects best)
        (let ((root (pland-project-root project)))
          (when (and (string-prefix-p root (if (directory-name-p path) path (concat path "/")))
                     (pland-project-live-p project)
                     (or (null best) (> (length root) (length (pland-project-root best)))))
            (setq best project)))))))

(defun pland-connected (server root)
  "SERVER for the folder ROOT is ready: remember it and ask for its plans."
  (let ((project (or (pland-project-of-server server)
                     (pland-project--make :root (pland--true-folder root) :server server))))
    (cl-pushnew project pland-projects)
    (pland-refresh project)
    (run-hook-with-args 'pland-connected-functions project)
    project))

(defun pland-disconnected (server)
  "SERVER is gone: forget what it told, so that nothing of it is shown twice."
  (when-let ((project (pland-project-of-server server)))
    (run-hook-with-args 'pland-disconnected-functions project)
    (setq pland-projects (delq project pland-projects))
    (run-hook-with-args 'pland-plans-changed-functions project)))

;;;; Restarts are bounded

(defvar pland--ends nil
  "Alist from root to the times at which its server ended by itself.")

(defun pland-may-restart-p (root)
  "Count an unexpected end of the server for ROOT; non-nil when it may come back."
  (let* ((root (pland--true-folder root))
         (now (float-time))
         (recent (cl-remove-if (lambda (time) (> (- now time) 180)) (alist-get root pland--ends nil nil #'equal))))
    (setf (alist-get root pland--ends nil nil #'equal) (cons now recent))
    (if (< (length recent) pland-max-restarts)
        (progn (message "pland ended unexpectedly; starting it again.  Nothing that was reported is lost.") t)
      (message "%s" (concat "pland ended " (number-to-string (1+ (length recent)))
                            " times in three minutes and stays down: M-x pland-start starts it, M-x pland-show-output"
                            " has what it said"))
      nil)))

(defun pland-forget-ends (root)
  "A person starts the server for ROOT: earlier ends do not count."
  (setq pland--ends (cl-remove (pland--true-folder root) pland--ends :key #'car :test #'equal)))

;;;; Requests

(define-error 'pland-refused "Refused" 'user-error)

(defun pland-request (project method &optional params)
  "Send METHOD with PARAMS to PROJECT's server and answer its answer.
A refusal is an error that a person can read."
  (unless (pland-project-live-p project)
    (user-error "The server of pland does not run here; M-x pland-start starts it"))
  (let ((server (pland-project-server project)) done answer refusal)
    (pland-server-flush server)
    (pland-server-request server method (or params pland-empty)
                          (lambda (result) (setq answer result done t))
                          (lambda (text data) (setq refusal (list text data) done t)))
    (while (not done)
      (unless (pland-server-live-p server)
        (user-error "The server ended before it answered; it comes back by itself, then try again"))
      (accept-process-output nil 0.05))
    (when refusal (signal 'pland-refused refusal))
    answer))

(defun pland-request-async (project method params success &optional failure)
  "Send METHOD with PARAMS to PROJECT's server; call SUCCESS with its answer.
FAILURE is called with a message and data; without it the failure is told."
  (when (pland-project-live-p project)
    (let ((server (pland-project-server project)))
      (pland-server-flush server)
      (pland-server-request server method (or params pland-empty) success
                            (lambda (text data)
                              (if failure (funcall failure text data) (message "pland: %s" text)))))))

(defun pland-call (project verb &optional params)
  "The answer of PROJECT's server to VERB with PARAMS."
  (pland-request project (format "pland/%s" verb) params))

;;;; Plans

(defun pland-plans (project)
  "The newest plan of each file of PROJECT, newest first, without child plans.
What else there is was replaced by it."
  (cl-delete-duplicates (cl-remove-if #'pland--parent (pland-all-plans project)) :from-end t :test #'equal
                        :key (lambda (plan) (or (plist-get plan :uri) (plist-get plan :planId)))))

(defun pland--parent (plan)
  "Id of the plan that PLAN is a subplan of, or nil."
  (plist-get plan :parentPlanId))

(defun pland-child-plan (project id)
  "The plan of PROJECT that the subplan ID is, or nil when it has no subplans."
  (let ((plan (pland-plan project id)))
    (and plan (pland--parent plan) plan)))

(defun pland-root-plan (project plan)
  "The plan of PROJECT at the top of that which PLAN is a part of."
  (let (above)
    (while (and plan (setq above (pland-plan project (pland--parent plan)))) (setq plan above))
    plan))

(defun pland-with-children (project plan)
  "PLAN of PROJECT and the child plans below it."
  (cons plan (cl-loop for subplan in (pland-subplans plan)
                      for child = (pland-child-plan project (plist-get subplan :subplanId))
                      when child nconc (pland-with-children project child))))

(defun pland-families (project)
  "The plans of PROJECT, each followed by the child plans below it."
  (cl-loop for plan in (pland-plans project) nconc (pland-with-children project plan)))

(defun pland-all-plans (project)
  "Plans of PROJECT, newest first."
  (let (plans)
    (maphash (lambda (_ plan) (push plan plans)) (pland-project-plans project))
    (sort plans (lambda (a b) (string> (plist-get a :planId) (plist-get b :planId))))))

(defun pland-plan (project id)
  "What is known of the plan ID of PROJECT."
  (gethash id (pland-project-plans project)))

(defun pland-subplans (plan)
  "Subplans of PLAN as a list."
  (append (plist-get plan :subplans) nil))

(defun pland-plan-of-subplan (project id)
  "The plan of PROJECT that has the subplan ID."
  (cl-find-if (lambda (plan) (cl-find id (pland-subplans plan) :key (lambda (one) (plist-get one :subplanId))
                                      :test #'equal))
              (pland-all-plans project)))

(defun pland--keep (project plan)
  "Remember the answer PLAN of `status' in PROJECT."
  (puthash (plist-get plan :planId) plan (pland-project-plans project)))

(defun pland-refresh (project)
  "Ask the server of PROJECT for all plans."
  (pland-request-async
   project "pland/status" nil
   (lambda (answer)
     (clrhash (pland-project-plans project))
     (mapc (lambda (plan) (pland--keep project plan)) (plist-get answer :plans))
     (dolist (plan (pland-plans project)) (pland--find-children project (plist-get plan :planId)))
     (run-hook-with-args 'pland-plans-changed-functions project))))

(defun pland--parents-in (node parent)
  "Ids of the plans below the decision NODE that made others.
PARENT is the plan that NODE belongs to."
  (cl-loop for child across (plist-get node :children)
           for id = (plist-get child :planId)
           when (and id parent) collect parent
           append (pland--parents-in child (or id parent))))

(defun pland--find-children (project id)
  "Ask which subplans of the plan ID of PROJECT are plans, and for those.
`status' tells of plans that are no child, and not which of their subplans are."
  (pland-request-async
   project "pland/tree" (list :planId id)
   (lambda (answer)
     (dolist (child (delete-dups (pland--parents-in (plist-get answer :tree) nil)))
       (unless (pland-plan project child) (pland--ask-plan project child))))
   (lambda (text data)
     (unless (and (listp data) (equal "not_found" (plist-get data :code))) (message "pland: %s" text)))))

(defun pland-plan-changed (server params)
  "The notification planChanged of SERVER with PARAMS."
  (when-let ((project (pland-project-of-server server)))
    (let ((id (plist-get params :planId)))
      (puthash id (plist-get params :revision) (pland-project-revisions project))
      (pland--ask-plan project id))))

(defun pland--ask-plan (project id)
  "Ask for the plan ID of PROJECT, one request at a time."
  (unless (gethash id (pland-project-asking project))
    (puthash id t (pland-project-asking project))
    (let ((over (lambda () (remhash id (pland-project-asking project)))))
      (pland-request-async
       project "pland/status" (list :planId id)
       (lambda (plan)
         (funcall over)
         (let ((new (not (or (pland--parent plan) (pland-plan project id)))))
           (pland--keep project plan)
           (when new (pland--find-children project id)))
         (run-hook-with-args 'pland-plans-changed-functions project)
         (let ((heard (gethash id (pland-project-revisions project))))
           (when (and heard (> heard (or (plist-get plan :revision) heard)))
             (pland--ask-plan project id))))
       (lambda (text data)
         (funcall over)
         (if (not (and (listp data) (equal "not_found" (plist-get data :code))))
             (message "pland: %s" text)
           (remhash id (pland-project-plans project))
           (run-hook-with-args 'pland-plans-changed-functions project)))))))

;;;; Paths and uris

(defconst pland--uri-path-characters
  (let ((allowed (copy-sequence url-path-allowed-chars)))
    (aset allowed ?: nil)
    (aset allowed ?% nil)
    allowed)
  "Characters that stand for themselves in the path of a uri.")

(defun pland-path-to-uri (path)
  "The uri of the true name of PATH."
  (pland-name-to-uri (file-truename path)))

(defun pland-name-to-uri (path)
  "The uri of PATH as it is spelled."
  (concat "file://" (url-hexify-string (directory-file-name (expand-file-name path)) pland--uri-path-characters)))

(defun pland-uri-to-path (uri)
  "The path that URI names, or nil."
  (when (keywordp uri) (setq uri (substring (symbol-name uri) 1)))
  (when (string-prefix-p "file://" uri)
    (decode-coding-string (url-unhex-string (substring uri 7)) 'utf-8)))

(defun pland-plan-file-p (file)
  "Non-nil when FILE has the name of a plan file."
  (and file (string-match-p "\\.plan\\.\\(?:ya?ml\\|json\\)\\'" file)))

(defun pland-relative (project path)
  "PATH as it reads in PROJECT."
  (let ((path (file-truename path)))
    (if (string-prefix-p (pland-project-root project) path)
        (substring path (length (pland-project-root project)))
      (abbreviate-file-name path))))

(provide 'pland-project)
;;; pland-project.el ends here
