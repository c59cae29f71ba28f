;;; pland-choose.el --- What a command needs to know  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Asks for plans, subplans, conflicts and checkpoints, and asks nothing when there is only one answer.

;;; Code:

(require 'cl-lib)
(require 'tabulated-list)
(require 'pland-project)
(require 'pland-words)
(require 'pland-actions)
(require 'pland-merge)

(declare-function project-current "project")
(declare-function project-files "project")

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
            nconc (cl-loop for owner in (pland-with-children project plan) nconc
                           (cl-loop for subplan in (pland-subplans owner)
                                    when (funcall fits-subplan subplan)
                                    collect (cons (format "%s of %s (%s)" (plist-get subplan :name)
                                                          (pland-title project owner) (pland-subplan-text subplan))
                                                  (list :subplanId (plist-get subplan :subplanId))))))
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
                 (cl-loop for plan in (pland-families project)
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

(defun pland-title (project plan)
  "Name of PLAN of PROJECT; of a child plan with those above it."
  (let* ((id (plist-get plan :planId))
         (parent (pland-plan project (pland--parent plan)))
         (subplan (cl-find id (pland-subplans parent) :key (lambda (one) (plist-get one :subplanId)) :test #'equal)))
    (if subplan (concat (pland-title project parent) ":" (plist-get subplan :name)) (pland-name plan))))

(defun pland--name-of (project params)
  "Name of the plan or subplan in PROJECT that PARAMS name."
  (let* ((subplan (plist-get params :subplanId))
         (plan (if subplan (pland-plan-of-subplan project subplan) (pland-plan project (plist-get params :planId)))))
    (cond (subplan (or (plist-get (cl-find subplan (pland-subplans plan)
                                           :key (lambda (one) (plist-get one :subplanId)) :test #'equal)
                                  :name)
                       "the subplan"))
          (plan (pland-title project plan))
          (t "the plan"))))

(defun pland--read-checkpoint (project)
  "Ask for a checkpoint of PROJECT, as params."
  (let ((checkpoints (cl-loop for plan in (pland-families project)
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

(provide 'pland-choose)
;;; pland-choose.el ends here
