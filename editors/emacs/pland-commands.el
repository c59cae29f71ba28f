;;; pland-commands.el --- A command for each verb  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Each command asks for what it needs to know, and asks nothing when there is only one answer.

;;; Code:

(require 'pland-project)
(require 'pland-words)
(require 'pland-choose)
(require 'pland-verbs)

(declare-function pland-ensure "pland")
(declare-function pland-show-plans "pland-list")
(declare-function pland-show-conflicts "pland-list")
(declare-function pland-show-checkpoints "pland-list")

(defun pland--read-plan-params (project prompt fits none)
  "Ask with PROMPT for a plan of PROJECT that FITS, and answer params for it.
NONE is the error without one."
  (list :planId (plist-get (pland-read-plan project prompt fits none) :planId)))

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
(defun pland-execute ()
  "Start a plan that was only created or went back, or run what is left of it."
  (interactive)
  (let ((project (pland-here)))
    (pland--do-execute project
                       (pland--read-plan-params project "Execute: " #'pland-can-execute-p
                                                "No plan has anything left to run"))))

;;;###autoload
(defun pland-resume (&optional dry-run)
  "Go on after the last step of a plan that is done.
With a prefix argument, DRY-RUN: only show what would run."
  (interactive "P")
  (let ((project (pland-here)))
    (pland--do-resume project
                      (append (pland--read-plan-params project "Resume: " #'pland-can-resume-p
                                                       "No plan was interrupted or failed")
                              (when dry-run (list :dryRun t))))))

;;;###autoload
(defun pland-revert ()
  "Take a plan back to strategize, with a reason.  Its results are set aside."
  (interactive)
  (let ((project (pland-here)))
    (pland--do-revert project (pland--read-plan-params project "Take back to strategize: " #'pland-can-revert-p
                                                       "No plan can go back"))))

;;;###autoload
(defun pland-tree (&optional superseded)
  "Show the decisions of a plan as an outline.
With a prefix argument, SUPERSEDED: also those that others took the place of."
  (interactive "P")
  (let ((project (pland-here)))
    (pland--do-tree project (append (pland--read-plan-params project "Decisions of: " #'identity "There is no plan")
                                    (when superseded (list :showSuperseded t))))))

;;;###autoload
(defun pland-errors ()
  "Show what failed in a plan or subplan, with a hint and the command that helps."
  (interactive)
  (let ((project (pland-here)))
    (pland--do-errors project
                      (pland-read-target project "What failed in: "
                                         (lambda (plan) (or (> (pland-in-state plan "errored") 0)
                                                            (member (pland--state plan) '("errored" "constrained"))))
                                         (lambda (subplan) (equal (pland--state subplan) "errored"))
                                         "Nothing failed"))))

;;;###autoload
(defun pland-events ()
  "Show what happened in a plan, in order."
  (interactive)
  (let ((project (pland-here)))
    (pland--do-events project (pland--read-plan-params project "Events of: " #'identity "There is no plan"))))

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

;;;###autoload
(defun pland-resolve ()
  "Resolve a conflict: take a side, or merge by hand."
  (interactive)
  (let* ((project (pland-here))
         (conflict (pland-read-conflict project "Resolve the conflict in: "))
         (how (pland-choose (format "%s: " (plist-get conflict :path)) (pland--sides conflict) "")))
    (pland-resolve-conflict project conflict how)))

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
                                              (lambda (subplan)
                                                (not (or (equal (pland--state subplan) "queued")
                                                         (pland-child-plan project (plist-get subplan :subplanId)))))
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
