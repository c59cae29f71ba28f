;;; pland-commands.el --- A command for each verb  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Each command asks for what it needs to know, and asks nothing when there is only one answer.

;;; Code:

(require 'cl-lib)
(require 'diff-mode)
(require 'tabulated-list)
(require 'ansi-color)
(require 'pland-project)
(require 'pland-words)
(require 'pland-actions)
(require 'pland-merge)

(declare-function pland-ensure "pland")
(declare-function pland-show-plans "pland-list")
(declare-function pland-show-conflicts "pland-list")
(declare-function pland-show-checkpoints "pland-list")
(declare-function project-current "project")
(declare-function project-files "project")

;;;; Choosing

(defun pland-choose (prompt choices none)
  "Ask with PROMPT for one of CHOICES, an alist from what is read to what it means.
The only one is taken without asking; without any the error is NONE."
  (cond
   ((null choices) (user-error "%s" none))
   ((null (cdr choices)) (cdar choices))
   (t (let ((seen (make-hash-table :test #'equal)) named)
        (pcase-dolist (`(,label . ,value) choices)
          (let ((times (cl-incf (gethash label seen 0))))
            (push (cons (if (= times 1) label (format "%s <%d>" label times)) value) named)))
        (setq named (nreverse named))
        (cdr (assoc (pland-read-title prompt (mapcar #'car named)) named))))))

(defun pland--plan-choices (project fits)
  "Plans of PROJECT that FITS, that of this buffer's file first."
  (let ((here (and buffer-file-name (pland-plan-file-p buffer-file-name) (file-truename buffer-file-name))))
    (cl-stable-sort
     (cl-loop for plan in (pland-plans project)
              when (funcall fits plan)
              collect (cons (format "%s (%s)" (plist-get plan :name) (pland-plan-text plan)) plan))
     (lambda (a b)
       (cl-flet ((mine (choice) (let ((path (pland-uri-to-path (or (plist-get (cdr choice) :uri) ""))))
                                  (and here path (equal here (file-truename path))))))
         (and (mine a) (not (mine b))))))))

(defun pland-read-plan (project prompt fits none)
  "Ask with PROMPT for a plan of PROJECT that FITS; NONE is the error without one."
  (pland-choose prompt (pland--plan-choices project fits) none))

(defun pland-read-target (project prompt fits-plan fits-subplan none)
  "Ask with PROMPT for a plan or subplan of PROJECT, and answer params for it.
The plan is one that FITS-PLAN, the subplan one that FITS-SUBPLAN; NONE is the
error when there is none."
  (pland-choose
   prompt
   (cl-loop for (_ . plan) in (pland--plan-choices project #'identity)
            when (funcall fits-plan plan)
            collect (cons (format "%s (%s)" (plist-get plan :name) (pland-plan-text plan))
                          (list :planId (plist-get plan :planId)))
            nconc (cl-loop for subplan in (pland-subplans plan)
                           when (funcall fits-subplan subplan)
                           collect (cons (format "%s of %s (%s)" (plist-get subplan :name) (pland-name plan)
                                                 (pland-subplan-text subplan))
                                         (list :subplanId (plist-get subplan :subplanId)))))
   none))

(defun pland--plan-files ()
  "Plan files of the project of this buffer."
  (let ((project (project-current)))
    (cl-delete-duplicates
     (append (delq nil (mapcar (lambda (buffer) (let ((file (buffer-file-name buffer)))
                                                  (and (pland-plan-file-p file) file)))
                               (buffer-list)))
             (if project
                 (cl-remove-if-not #'pland-plan-file-p (project-files project))
               (directory-files default-directory t "\\.plan\\.\\(?:ya?ml\\|json\\)\\'")))
     :test (lambda (a b) (equal (file-truename a) (file-truename b))))))

(defun pland-read-plan-file (prompt)
  "Ask with PROMPT for a plan file; the one of this buffer without asking."
  (if (pland-plan-file-p buffer-file-name)
      buffer-file-name
    (pland-choose prompt (mapcar (lambda (file) (cons (file-relative-name file) file)) (pland--plan-files))
                  "There is no plan file (*.plan.yaml) here yet; M-x pland-new-plan writes one")))

(defun pland-read-conflict (project prompt &optional plan-id)
  "Ask with PROMPT for an open conflict of PROJECT, or of its plan PLAN-ID.
The one at point is taken without asking."
  (or (pland--conflict-at-point project)
      (let ((here (and buffer-file-name (file-truename buffer-file-name))))
        (pland-choose
         prompt
         (cl-stable-sort
          (mapcar (lambda (conflict)
                    (cons (format "%s (%s)" (plist-get conflict :path) (pland-conflict-text conflict)) conflict))
                  (pland-open-conflicts project plan-id))
          (lambda (a b)
            (cl-flet ((mine (choice) (equal here (pland-uri-to-path (plist-get (cdr choice) :uri)))))
              (and (mine a) (not (mine b))))))
         "There is no open conflict"))))

(defun pland-conflicts-of (project &optional plan-id)
  "Conflicts of PROJECT, or of its plan PLAN-ID, as a list."
  (let ((plans (if plan-id
                   (list plan-id)
                 (cl-loop for plan in (pland-plans project)
                          when (plist-get plan :conflicts)
                          unless (and (zerop (pland--open plan))
                                      (zerop (or (plist-get (plist-get plan :conflicts) :resolved) 0)))
                          collect (plist-get plan :planId)))))
    (cl-loop for id in plans
             append (plist-get (pland-call project "conflicts" (list :planId id)) :conflicts) into all
             finally return (append all nil))))

(defun pland-open-conflicts (project &optional plan-id)
  "Open conflicts of PROJECT, or of its plan PLAN-ID, as a list."
  (cl-remove "open" (pland-conflicts-of project plan-id)
             :key (lambda (conflict) (plist-get conflict :state)) :test-not #'equal))

(defun pland--conflict-at-point (project)
  "The open conflict of PROJECT whose lines point is on, or that a list shows here."
  (if (derived-mode-p 'pland-conflicts-mode)
      (let ((id (tabulated-list-get-id)))
        (and id (cl-find id (pland-open-conflicts project) :key (lambda (one) (plist-get one :conflictId))
                         :test #'equal)))
    (let ((shown (and buffer-file-name
                      (cl-find "merge-conflict" (pland--diagnostics-between (line-beginning-position)
                                                                            (line-end-position))
                               :key (lambda (diagnostic) (plist-get diagnostic :code)) :test #'equal))))
      (when shown
        (let* ((id (plist-get (plist-get shown :data) :conflictId))
               (path (file-truename buffer-file-name))
               (here (cl-remove-if-not
                      (lambda (conflict)
                        (if id (equal id (plist-get conflict :conflictId))
                          ;; lsp-mode 8 does not want to know which conflict it is.
                          (equal path (file-truename (pland-uri-to-path (plist-get conflict :uri))))))
                      (pland-open-conflicts project))))
          (and here (null (cdr here)) (car here)))))))

(defun pland--name-of (project params)
  "Name of the plan or subplan in PROJECT that PARAMS name."
  (let* ((subplan (plist-get params :subplanId))
         (plan (if subplan (pland-plan-of-subplan project subplan) (pland-plan project (plist-get params :planId)))))
    (cond (subplan (or (plist-get (cl-find subplan (pland-subplans plan)
                                           :key (lambda (one) (plist-get one :subplanId)) :test #'equal)
                                  :name)
                       "the subplan"))
          (plan (pland-name plan))
          (t "the plan"))))

;;;; What the verbs do

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
  "Spawn as PARAMS say in PROJECT."
  (let ((answer (pland--start project "spawn" params)))
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
  "Run again what PARAMS name in PROJECT."
  (prog1 (pland-call project "retry" params)
    (message "Running %s again" (pland--name-of project params))))

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

(defun pland--do-log (project params)
  "Show the output of the subplan that PARAMS name in PROJECT."
  (let* ((answer (pland-call project "log" (pland--without params :show)))
         (text (or (plist-get answer :text) "")))
    (pland--show-text (format "*pland log: %s*" (pland--name-of project params)) project
                      (if (string-empty-p text) "(it printed nothing)\n" (ansi-color-apply text)) #'special-mode)
    answer))

(defun pland--without (params key)
  "PARAMS without KEY."
  (cl-loop for (name value) on params by #'cddr unless (eq name key) append (list name value)))

(setq pland-command-functions
      '(("spawn" . pland--do-spawn) ("use" . pland--do-use) ("cancel" . pland--do-cancel)
        ("retry" . pland--do-retry) ("resolve" . pland--do-resolve) ("apply" . pland--do-apply)
        ("undo" . pland--do-undo) ("checkpoint" . pland--do-checkpoint) ("rollback" . pland--do-rollback)
        ("diff" . pland--do-diff) ("log" . pland--do-log)))

;;;; Commands

;;;###autoload
(defun pland-spawn (file)
  "Run the plan in FILE: its subplans work side by side, each on its own copy."
  (interactive (list (pland-read-plan-file "Spawn the plan in: ")))
  (pland--do-spawn (pland-ensure file) (list :uri (pland-path-to-uri file))))

;;;###autoload
(defun pland-use (file)
  "Create the plan in FILE without starting it."
  (interactive (list (pland-read-plan-file "Create the plan in: ")))
  (pland--do-use (pland-ensure file) (list :uri (pland-path-to-uri file))))

;;;###autoload
(defun pland-status ()
  "Show the plans of this project and what they are doing."
  (interactive)
  (let ((project (pland-here)))
    (pland-refresh project)
    (pland-show-plans project)))

;;;###autoload
(defun pland-cancel ()
  "Stop a plan or a subplan.  What it did is kept."
  (interactive)
  (let ((project (pland-here)))
    (pland--do-cancel project (pland-read-target project "Cancel: " #'pland-running-p
                                                 (lambda (subplan) (equal (pland--state subplan) "processing"))
                                                 "Nothing runs"))))

;;;###autoload
(defun pland-retry ()
  "Continue a plan, or run a subplan again."
  (interactive)
  (let ((project (pland-here)))
    (pland--do-retry project
                     (pland-read-target project "Continue or retry: "
                                        (lambda (plan)
                                          (and (not (pland-running-p plan))
                                               (not (equal (pland--state plan) "applied"))
                                               (cl-some (lambda (one) (not (equal (pland--state one) "complete")))
                                                        (pland-subplans plan))))
                                        (lambda (subplan) (member (pland--state subplan) '("errored" "cancelled")))
                                        "There is nothing to run again"))))

;;;###autoload
(defun pland-checkpoint (label)
  "Keep a snapshot of a plan's result or of a subplan's sandbox, called LABEL."
  (interactive (list (read-string "Label of the checkpoint: " nil nil "by hand")))
  (let ((project (pland-here)))
    (pland--do-checkpoint project
                          (append (pland-read-target project "Checkpoint of: " #'identity
                                                     (lambda (subplan) (not (equal (pland--state subplan) "queued")))
                                                     "There is no plan")
                                  (list :label label)))))

;;;###autoload
(defun pland-checkpoints ()
  "Show the checkpoints of a plan."
  (interactive)
  (let ((project (pland-here)))
    (pland-show-checkpoints project
                            (pland-read-plan project "Checkpoints of: "
                                             (lambda (plan) (> (or (plist-get plan :checkpoints) 0) 0))
                                             "There is no checkpoint yet: running a plan makes them"))))

(defun pland--read-checkpoint (project)
  "Ask for a checkpoint of PROJECT, as params."
  (let ((checkpoints (cl-loop for plan in (pland-plans project)
                              append (plist-get (pland-call project "checkpoints"
                                                            (list :planId (plist-get plan :planId)))
                                                :checkpoints)
                              into all finally return (append all nil))))
    (setq checkpoints (sort checkpoints (lambda (a b) (string> (plist-get a :createdAt) (plist-get b :createdAt)))))
    (let ((checkpoint (pland-choose
                       "Roll back to: "
                       (mapcar (lambda (one)
                                 (cons (format "%s (%s, %s)" (plist-get one :label)
                                               (pland--name-of project (list :planId (plist-get one :planId)))
                                               (pland-checkpoint-text one))
                                       one))
                               checkpoints)
                       "There is no checkpoint yet: running a plan makes them")))
      (list :planId (plist-get checkpoint :planId) :checkpointId (plist-get checkpoint :checkpointId)))))

;;;###autoload
(defun pland-rollback ()
  "Put a plan or a subplan back to a checkpoint, after showing what that would do."
  (interactive)
  (let ((project (pland-here)))
    (pland--do-rollback project (pland--read-checkpoint project))))

;;;###autoload
(defun pland-preview-rollback ()
  "Show what rolling back to a checkpoint would do, and do nothing."
  (interactive)
  (let ((project (pland-here)))
    (display-buffer (pland--preview-rollback project (pland--read-checkpoint project)))))

;;;###autoload
(defun pland-conflicts ()
  "Show the conflicts of this project's plans."
  (interactive)
  (pland-show-conflicts (pland-here)))

(defun pland--sides (conflict)
  "Sides of CONFLICT that can be taken: an alist for `pland-choose'."
  (let ((names (pland--names conflict)))
    (append (list (cons (format "ours: take %s" (car names)) "ours")
                  (cons (format "theirs: take %s" (cdr names)) "theirs"))
            (when (member (plist-get conflict :kind) '("content" "creation"))
              (list (cons "both: ours, then theirs" "both")))
            (list (cons "base: neither" "base"))
            (when (> (length (plist-get conflict :hunks)) 0)
              (list (cons "ediff: merge by hand in Ediff" 'ediff)
                    (cons "smerge: merge by hand between markers" 'smerge))))))

;;;###autoload
(defun pland-resolve ()
  "Resolve a conflict: take a side, or merge by hand."
  (interactive)
  (let* ((project (pland-here))
         (conflict (pland-read-conflict project "Resolve the conflict in: "))
         (how (pland-choose (format "%s: " (plist-get conflict :path)) (pland--sides conflict) "")))
    (pland-resolve-conflict project conflict how)))

(defun pland-resolve-conflict (project conflict how)
  "Resolve CONFLICT of PROJECT: HOW is a side, `ediff' or `smerge'."
  (pcase how
    ('ediff (pland-ediff-open project conflict))
    ('smerge (pland-smerge-open project conflict))
    (_ (pland--do-resolve project (list :conflictId (plist-get conflict :conflictId) :resolution how)))))

;;;###autoload
(defun pland-ediff ()
  "Merge a conflict by hand in Ediff; ending the session resolves with its result."
  (interactive)
  (let ((project (pland-here)))
    (pland-ediff-open project (pland-read-conflict project "Merge the conflict in: "))))

;;;###autoload
(defun pland-smerge ()
  "Merge a conflict by hand between markers."
  (interactive)
  (let ((project (pland-here)))
    (pland-smerge-open project (pland-read-conflict project "Merge the conflict in: "))))

;;;###autoload
(defun pland-diff ()
  "Show what a plan's result or a subplan changed."
  (interactive)
  (let ((project (pland-here)))
    (pland--do-diff project (pland-read-target project "Changes of: "
                                               (lambda (plan) (> (pland-in-state plan "complete") 0))
                                               (lambda (subplan) (> (length (plist-get subplan :filesChanged)) 0))
                                               "Nothing has changed anything yet"))))

;;;###autoload
(defun pland-log ()
  "Show the output of a subplan."
  (interactive)
  (let ((project (pland-here)))
    (pland--do-log project (pland-read-target project "Output of: " #'ignore
                                              (lambda (subplan) (not (equal (pland--state subplan) "queued")))
                                              "Nothing has run yet"))))

;;;###autoload
(defun pland-doctor ()
  "Show what this machine and the projects have and lack, and the disk space used."
  (interactive)
  (let* ((project (pland-here))
         (answer (pland-call project "doctor" nil)))
    (pland--show-text "*pland doctor*" project
                      (concat (format "pland %s\n" (plist-get answer :version))
                              (pland--checks-text (plist-get answer :machine))
                              (mapconcat #'pland--health-text (plist-get answer :projects) ""))
                      #'special-mode)))

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

;;;###autoload
(defun pland-apply (&optional dry-run)
  "Write a plan's result into the project's files.
Buffers change in place, each as one step of undo.
With a prefix argument, DRY-RUN: only say what would change."
  (interactive "P")
  (let* ((project (pland-here))
         (plan (pland-read-plan project "Apply: "
                                (lambda (plan) (and (not (pland-running-p plan))
                                                    (equal (pland--phase plan) "execute")
                                                    (not (equal (pland--state plan) "applied"))
                                                    (> (pland-in-state plan "complete") 0)))
                                "No plan has a result to apply")))
    (pland--do-apply project (append (list :planId (plist-get plan :planId)) (when dry-run (list :dryRun t))))))

;;;###autoload
(defun pland-undo ()
  "Undo the newest operation: an apply, a rollback, a resolution."
  (interactive)
  (pland--do-undo (pland-here) nil))

(provide 'pland-commands)
;;; pland-commands.el ends here
