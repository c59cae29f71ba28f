;;; pland-verbs.el --- What each verb does for a person  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Sends a verb with its params, and says what came of it.

;;; Code:

(require 'cl-lib)
(require 'diff-mode)
(require 'ansi-color)
(require 'pland-project)
(require 'pland-words)
(require 'pland-reports)
(require 'pland-actions)
(require 'pland-choose)
(require 'pland-merge)
(require 'pland-trust)


(defun pland--refused-running (refusal)
  "The id of the running plan that REFUSAL, an error, is about, or nil."
  (let ((data (nth 2 refusal)))
    (and (listp data) (plist-get data :planId))))

(defun pland--start (project verb params)
  "Do VERB, spawn or use, with PARAMS in PROJECT.
Offer to replace a plan of the same file that still runs."
  (condition-case refusal
      (pland-call project verb params)
    (pland-refused
     (if (and (pland--refused-running refusal)
              (not (plist-get params :replace))
              (yes-or-no-p (format "%s.  Cancel it and go on? " (cadr refusal))))
         (pland-call project verb (append params (list :replace t)))
       (signal (car refusal) (cdr refusal))))))

(defun pland--do-spawn (project params)
  "Spawn as PARAMS say in PROJECT, when its commands may run."
  (pland-check-trust project params)
  (let ((answer (pland--start project "spawn" params)))
    (pland-trust-plan (plist-get answer :planId))
    (message "Spawned %s; your files stay as they are until you apply"
             (pland-count (length (plist-get answer :children)) "subplan"))
    answer))

(defun pland--do-use (project params)
  "Create a plan as PARAMS say in PROJECT."
  (let ((answer (pland--start project "use" params)))
    (message "Created a plan with %s; nothing runs until you spawn it"
             (pland-count (length (plist-get answer :children)) "subplan"))
    answer))

(defun pland--do-cancel (project params)
  "Cancel what PARAMS name in PROJECT."
  (prog1 (pland-call project "cancel" params)
    (message "Cancelled %s; what it had done is kept" (pland--name-of project params))))

(defun pland--do-retry (project params)
  "Run again what PARAMS name in PROJECT, when its commands may run."
  (pland-check-trust project params)
  (prog1 (pland-call project "retry" params)
    (message "Running %s again" (pland--name-of project params))))

(defun pland--do-execute (project params)
  "Execute the plan that PARAMS name in PROJECT, when its commands may run."
  (pland-check-trust project params)
  (prog1 (pland-call project "execute" params)
    (message "Executing %s" (pland--name-of project params))))

(defun pland--do-resume (project params)
  "Resume the plan that PARAMS name in PROJECT, when its commands may run."
  (let ((name (pland--name-of project params)) (dry-run (eq t (plist-get params :dryRun))))
    (unless dry-run (pland-check-trust project params))
    (let ((answer (pland-call project "resume" params)))
      (if dry-run
          (pland--show-text (format "*pland resume: %s*" name) project (pland-resume-text name answer) #'special-mode)
        (message "%s goes on: %d done, %d to run" name (length (plist-get answer :done))
                 (length (plist-get answer :remaining))))
      answer)))

(defun pland--do-revert (project params)
  "Take the plan that PARAMS name in PROJECT back to strategize.
Ask for the reason where PARAMS have none."
  (let* ((name (pland--name-of project params))
         (reason (or (plist-get params :reason)
                     (read-string (format "Take %s back to strategize, because: " name)))))
    (when (string-blank-p reason) (user-error "Nothing was reverted: no reason was given"))
    (let ((answer (pland-call project "revert" (append (list :reason reason) (pland--without params :reason))))
          (plan (pland-plan project (plist-get params :planId))))
      (when plan
        (dolist (one (pland-with-children project plan)) (pland--ask-plan project (plist-get one :planId))))
      (message "%s is back at strategize (%d of 3 times).  M-x pland-execute starts it, M-x pland-undo brings its results back"
               name (plist-get answer :reversionCount))
      answer)))

(defun pland--do-resolve (project params)
  "Resolve as PARAMS say in PROJECT."
  (let* ((answer (pland-call project "resolve" params)) (left (or (plist-get answer :open) 0)))
    (message "Resolved %s.  %s" (plist-get answer :path)
             (if (zerop left) "No conflict is left: the plan can be applied." (format "%d left." left)))
    answer))

(defun pland--do-apply (project params)
  "Apply as PARAMS say in PROJECT."
  (let* ((answer (pland-call project "apply" params))
         (files (append (plist-get answer :files) nil))
         (unsaved (cl-count-if (lambda (file)
                                 (let ((buffer (find-buffer-visiting
                                                (expand-file-name (plist-get file :file)
                                                                  (pland-project-root project)))))
                                   (and buffer (buffer-modified-p buffer))))
                               files))
         (missing (append (plist-get answer :notIncluded) nil)))
    (if (eq t (plist-get params :dryRun))
        (message "Applying would change %s%s" (pland-count (length files) "file")
                 (if files (concat ": " (mapconcat (lambda (file) (format "%s (%s)" (plist-get file :file)
                                                                          (plist-get file :action)))
                                                   files ", "))
                   ""))
      (message "Applied %s to %s%s%s.  M-x pland-undo takes all of it back" (pland--name-of project params)
               (pland-count (length files) "file")
               (if (> unsaved 0) (format "; %s not saved yet" (pland-count unsaved "buffer is" "buffers are")) "")
               (if missing (concat "; not in it: " (string-join missing ", ")) "")))
    answer))

(defun pland--do-undo (project params)
  "Undo as PARAMS say in PROJECT."
  (let ((answer (pland-call project "undo" params)))
    (message "Undone: %s (%s)" (or (plist-get answer :description) "the newest operation")
             (pland-count (length (plist-get answer :files)) "file"))
    answer))

(defun pland--do-checkpoint (project params)
  "Make a checkpoint as PARAMS say in PROJECT."
  (let ((answer (pland-call project "checkpoint" params)))
    (message "Checkpoint \"%s\" keeps %s" (plist-get answer :label)
             (pland-count (or (plist-get answer :files) 0) "file"))
    answer))

(defun pland--rollback-text (answer)
  "What ANSWER, of a dry run, says that rolling back would do."
  (let* ((data (plist-get answer :data))
         (summary (plist-get data :rollback_summary))
         (impact (plist-get data :impact))
         (changes (plist-get data :changes_reverted)))
    (concat (format "Rolling back to \"%s\" would do this to the plan's result.  Your files stay as they are.\n\n"
                    (plist-get summary :label))
            (if (zerop (length changes)) "No file changes.\n"
              (mapconcat (lambda (change) (format "%-9s %s\n" (plist-get change :action) (plist-get change :file)))
                         changes ""))
            (format "\ndecisions: %s\ntool calls: %s\nsubplans that count no more: %s\nsandbox: %s\n"
                    (plist-get impact :decisions_after_cp) (plist-get impact :tool_calls_after_cp)
                    (plist-get impact :child_plans_invalidated) (plist-get impact :sandbox)))))

(defun pland--preview-rollback (project params)
  "Show what rolling back as PARAMS say in PROJECT would do; the buffer."
  (let ((answer (pland-call project "rollback"
                            (list :planId (plist-get params :planId) :checkpointId (plist-get params :checkpointId)
                                  :dryRun t))))
    (with-current-buffer (get-buffer-create "*pland rollback*")
      (let ((inhibit-read-only t))
        (erase-buffer)
        (insert (pland--rollback-text answer))
        (goto-char (point-min)))
      (special-mode)
      (current-buffer))))

(defun pland--do-rollback (project params)
  "Roll back as PARAMS say in PROJECT, when the person who sees it says so."
  (let* ((buffer (pland--preview-rollback project params))
         (yes (save-window-excursion
                (unless noninteractive (display-buffer buffer))
                (yes-or-no-p "Roll back? "))))
    (kill-buffer buffer)
    (unless yes (user-error "Nothing was rolled back"))
    (let ((answer (pland-call project "rollback"
                              (list :planId (plist-get params :planId)
                                    :checkpointId (plist-get params :checkpointId) :confirmed t))))
      (message "%s.  M-x pland-undo takes it back" (or (and (> (length (plist-get answer :messages)) 0)
                                                            (elt (plist-get answer :messages) 0))
                                                       "Rollback complete"))
      answer)))

(defun pland--show-text (name project text mode)
  "Show TEXT of PROJECT in a buffer called NAME in MODE."
  (with-current-buffer (get-buffer-create name)
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert text)
      (goto-char (point-min)))
    (funcall mode)
    (setq default-directory (pland-project-root project))
    (setq pland--list-project project)
    (setq buffer-read-only t)
    (set-buffer-modified-p nil)
    (display-buffer (current-buffer))
    (current-buffer)))

(defun pland--do-diff (project params)
  "Show the changes that PARAMS name in PROJECT."
  (let* ((answer (pland-call project "diff" (pland--without params :show)))
         (name (pland--name-of project params)))
    (if (zerop (length (plist-get answer :files)))
        (message "%s changed nothing" name)
      (pland--show-text (format "*pland diff: %s*" name) project (plist-get answer :patch) #'diff-mode))
    answer))

(defun pland--do-tree (project params)
  "Show the decisions of the plan or subplan that PARAMS name in PROJECT."
  (let ((answer (pland-call project "tree" params)) (name (pland--name-of project params)))
    (with-current-buffer (pland--show-text (format "*pland tree: %s*" name) project (pland-tree-text name answer)
                                           #'special-mode)
      (setq-local outline-regexp "[ ]*- ")
      (outline-minor-mode))
    answer))

(defun pland--errors-below (project answer)
  "For the child plans that failed in ANSWER of PROJECT what `errors' says of them.
An alist from their ids."
  (cl-loop for id in (delete-dups (mapcar (lambda (one) (plist-get one :subplanId)) (plist-get answer :errors)))
           when (pland-child-plan project id)
           nconc (let ((below (pland-call project "errors" (list :planId id))))
                   (cons (cons id below) (pland--errors-below project below)))))

(defun pland--do-errors (project params)
  "Show what failed in the plan or subplan that PARAMS name in PROJECT."
  (let ((answer (pland-call project "errors" params)) (name (pland--name-of project params)))
    (if (and (zerop (length (plist-get answer :errors))) (zerop (length (plist-get answer :conflictFiles))))
        (message "Nothing failed in %s" name)
      (pland--show-text (format "*pland errors: %s*" name) project
                        (pland-errors-text name answer (pland--errors-below project answer)) #'special-mode))
    answer))

(defun pland--all-events (project params)
  "The events that PARAMS name in PROJECT, oldest first."
  (let ((after (or (plist-get params :after) 0)) (more t) all)
    (while more
      (let ((answer (pland-call project "events" (append (list :after after :limit 10000)
                                                         (pland--without params :after)))))
        (setq all (nconc all (append (plist-get answer :events) nil))
              after (plist-get answer :next)
              more (eq t (plist-get answer :more)))))
    all))

(defun pland--do-events (project params)
  "Show what happened in the plan or subplan that PARAMS name in PROJECT."
  (let* ((name (pland--name-of project params))
         (text (pland-events-text (pland--all-events project params)
                                  (lambda (id) (pland--name-of project (list :subplanId id))))))
    (with-current-buffer (pland--show-text (format "*pland events: %s*" name) project text #'special-mode)
      (setq truncate-lines t)
      (goto-char (point-max))
      (dolist (window (get-buffer-window-list nil nil t)) (set-window-point window (point-max))))))

(defun pland--do-log (project params)
  "Show the output of the subplan that PARAMS name in PROJECT."
  (when (pland-child-plan project (plist-get params :subplanId))
    (user-error "%s is a plan: its subplans have outputs" (pland--name-of project params)))
  (let* ((answer (pland-call project "log" (pland--without params :show)))
         (text (or (plist-get answer :text) "")))
    (pland--show-text (format "*pland log: %s*" (pland--name-of project params)) project
                      (if (string-empty-p text) "(it printed nothing)\n" (ansi-color-apply text)) #'special-mode)
    answer))

(defun pland--without (params key)
  "PARAMS without KEY."
  (cl-loop for (name value) on params by #'cddr unless (eq name key) append (list name value)))

(defun pland-resolve-conflict (project conflict how)
  "Resolve CONFLICT of PROJECT: HOW is a side, `ediff' or `smerge'."
  (pcase how
    ('ediff (pland-ediff-open project conflict))
    ('smerge (pland-smerge-open project conflict))
    (_ (pland--do-resolve project (list :conflictId (plist-get conflict :conflictId) :resolution how)))))

(defun pland--checks-text (checks)
  "The doctor's CHECKS, a line each."
  (mapconcat (lambda (check)
               (format "  %-8s %-13s %s\n%s" (plist-get check :state) (plist-get check :name) (plist-get check :text)
                       (if-let ((remedy (plist-get check :remedy))) (format "%24s%s\n" "" remedy) "")))
             checks ""))

(defun pland--health-text (health)
  "What the doctor says of a project: HEALTH."
  (let ((bytes (plist-get health :bytes)))
    (format "%s\n%s  %s: %s, %s of it sandboxes\n" (plist-get health :folder)
            (pland--checks-text (plist-get health :checks)) (plist-get health :stateDirectory)
            (file-size-human-readable (plist-get bytes :total) 'iec " ")
            (file-size-human-readable (plist-get bytes :sandboxes) 'iec " "))))

(setq pland-command-functions
      '(("spawn" . pland--do-spawn) ("use" . pland--do-use) ("cancel" . pland--do-cancel)
        ("execute" . pland--do-execute) ("resume" . pland--do-resume) ("revert" . pland--do-revert)
        ("tree" . pland--do-tree) ("errors" . pland--do-errors) ("events" . pland--do-events)
        ("retry" . pland--do-retry) ("resolve" . pland--do-resolve) ("apply" . pland--do-apply)
        ("undo" . pland--do-undo) ("checkpoint" . pland--do-checkpoint) ("rollback" . pland--do-rollback)
        ("diff" . pland--do-diff) ("log" . pland--do-log)))

(provide 'pland-verbs)
;;; pland-verbs.el ends here
