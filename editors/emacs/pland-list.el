;;; pland-list.el --- Lists of plans, conflicts and checkpoints  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Lists that follow what the server says.  They are drawn when somebody sees them, a few times a second at most.

;;; Code:

(require 'cl-lib)
(require 'tabulated-list)
(require 'pland-project)
(require 'pland-words)
(require 'pland-choose)
(require 'pland-verbs)
(require 'pland-commands)

(defvar-local pland--list-entries nil "Function of a project that answers the entries of this list.")
(defvar-local pland--list-timer nil "Timer that draws this list.")
(defvar-local pland--list-folded nil "Ids of plans whose subplans are not shown.")
(defvar-local pland--list-plan nil "The plan that this list is of, or nil.")

(defun pland--draw-list ()
  "Draw this list anew; point stays on its entry."
  (setq pland--list-timer nil)
  (when-let ((project (pland-project-here)))
    (setq pland--list-project project)
    (let ((windows (get-buffer-window-list nil nil t))
          ;; Most of the time of drawing a long list would go into several collections of garbage.
          (gc-cons-threshold (max gc-cons-threshold 16000000)))
      (setq tabulated-list-entries (funcall pland--list-entries project))
      (tabulated-list-print t t)
      (dolist (window windows) (set-window-point window (point))))))

(defun pland--lists-changed (project)
  "Draw the lists of PROJECT soon."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and pland--list-entries pland--list-project (null pland--list-timer)
                 (equal (pland-project-root project) (pland-project-root pland--list-project)))
        (setq pland--list-timer
              (run-with-timer 0.25 nil (lambda ()
                                         (when (buffer-live-p buffer)
                                           (with-current-buffer buffer (pland--draw-list))))))))))

(add-hook 'pland-plans-changed-functions #'pland--lists-changed)

(defun pland--show-list (name mode project entries &optional plan)
  "Show the list called NAME in MODE, of PROJECT or its PLAN, made by ENTRIES."
  (let ((buffer (get-buffer-create name)))
    (with-current-buffer buffer
      (unless (derived-mode-p mode) (funcall mode))
      (setq default-directory (pland-project-root project))
      (setq pland--list-project project
            pland--list-entries entries
            pland--list-plan plan)
      (setq-local revert-buffer-function (lambda (&rest _)
                                           (pland-refresh (pland-here))
                                           (pland--draw-list)))
      (pland--draw-list))
    (pop-to-buffer buffer)
    buffer))

(defun pland--nickname (project)
  "Name of PROJECT's folder."
  (file-name-nondirectory (directory-file-name (pland-project-root project))))

;;;; Plans

(defun pland--plan-row (plan folded)
  "The entry of PLAN, FOLDED or not."
  (list (list 'plan (plist-get plan :planId))
        (vector (concat (if folded "+ " "- ") (propertize (or (plist-get plan :name) "") 'face 'bold))
                (propertize (or (pland--state plan) "") 'face (pland-state-face (pland--state plan)))
                (pland-plan-text plan)
                (pcase (pland-need plan)
                  ('conflicts "resolve") ('failures "retry") ('continue "continue") ('apply "apply") (_ "")))))

(defun pland--subplan-row (plan subplan child folded depth)
  "The entry of SUBPLAN of PLAN, DEPTH deep.
CHILD is the plan that it is when it has subplans, FOLDED or not."
  (let ((indent (make-string (* 4 depth) ?\s)))
    (list (list 'subplan (plist-get subplan :subplanId) (plist-get plan :planId))
          (vector (concat (if child (concat (substring indent 2) (if folded "+ " "- ")) indent) (plist-get subplan :name))
                  (propertize (or (pland--state subplan) "") 'face (pland-state-face (pland--state subplan)))
                  (if (and child (not (equal (pland--state subplan) "queued"))) (pland-plan-text child)
                    (pland-subplan-text subplan))
                  (if child (if (> (pland--open child) 0) "resolve" "")
                    (or (car (split-string (or (plist-get subplan :error) "") "\n")) ""))))))

(defun pland--part-rows (project plan depth)
  "Entries for the subplans of PLAN of PROJECT and what is below them, DEPTH deep."
  (cl-loop for subplan in (pland-subplans plan)
           for child = (pland-child-plan project (plist-get subplan :subplanId))
           for folded = (and child (member (plist-get child :planId) pland--list-folded))
           collect (pland--subplan-row plan subplan child folded depth)
           when (and child (not folded)) nconc (pland--part-rows project child (1+ depth))))

(defun pland--plan-entries (project)
  "Entries for the plans of PROJECT."
  (cl-loop for plan in (pland-plans project)
           for folded = (member (plist-get plan :planId) pland--list-folded)
           collect (pland--plan-row plan folded)
           unless folded
           nconc (pland--part-rows project plan 1)))

(defvar pland-plans-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map tabulated-list-mode-map)
    (pcase-dolist (`(,key . ,command)
                   '(("RET" . pland-list-visit) ("TAB" . pland-list-fold) ("d" . pland-list-diff)
                     ("l" . pland-list-log) ("c" . pland-list-cancel) ("r" . pland-list-retry)
                     ("X" . pland-list-execute) ("G" . pland-list-resume) ("b" . pland-list-revert)
                     ("T" . pland-list-tree) ("E" . pland-list-errors) ("v" . pland-list-events)
                     ("a" . pland-list-apply) ("k" . pland-list-checkpoint) ("K" . pland-list-checkpoints)
                     ("R" . pland-rollback) ("C" . pland-conflicts) ("s" . pland-spawn) ("u" . pland-undo)))
      (define-key map (kbd key) command))
    map)
  "Keys in the list of plans.")

(define-derived-mode pland-plans-mode tabulated-list-mode "Plans"
  "Plans and their subplans.
\\{pland-plans-mode-map}"
  (setq tabulated-list-format [("Plan" 36 nil) ("State" 12 nil) ("" 38 nil) ("Needs" 0 nil)]
        tabulated-list-padding 1)
  (tabulated-list-init-header))

(defun pland-show-plans (project)
  "Show the plans of PROJECT."
  (pland--show-list (format "*pland: %s*" (pland--nickname project)) 'pland-plans-mode project
                    #'pland--plan-entries))

;;;###autoload
(defun pland-list-plans ()
  "Show the plans of this project and their subplans."
  (interactive)
  (pland-show-plans (pland-here)))

(defun pland--at-point ()
  "What the line at point shows, as params; an error where it shows nothing."
  (pcase (tabulated-list-get-id)
    (`(plan ,id) (list :planId id))
    (`(subplan ,id ,_) (list :subplanId id))
    (`(checkpoint ,id ,plan) (list :planId plan :checkpointId id))
    (_ (user-error "There is nothing on this line"))))

(defun pland--plan-at-point ()
  "Params that name the plan at point, or of the subplan at point."
  (pcase (tabulated-list-get-id)
    (`(plan ,id) (list :planId id))
    (`(,_ ,_ ,plan) (list :planId plan))
    (_ (user-error "There is no plan on this line"))))

(defun pland-list-visit ()
  "Visit the plan file at the plan or subplan at point."
  (interactive)
  (let* ((project (pland-here))
         (at (pland--at-point))
         (plan (pland-plan project (plist-get (pland--plan-at-point) :planId)))
         (name (pland--name-of project at))
         (path (pland-uri-to-path (or (plist-get plan :uri) ""))))
    (unless path (user-error "This plan has no file"))
    (find-file-other-window path)
    (when (plist-get at :subplanId)
      (goto-char (point-min))
      (when (re-search-forward (concat "\\_<name:?\\_>\"?:?[ \t]*\"?" (regexp-quote name) "\\_>") nil t)
        (goto-char (match-beginning 0))))))

(defun pland-list-fold ()
  "Show or hide the subplans of the plan at point."
  (interactive)
  (let* ((at (plist-get (pland--at-point) :subplanId))
         (id (if (and at (pland-child-plan (pland-here) at)) at (plist-get (pland--plan-at-point) :planId))))
    (setq pland--list-folded (if (member id pland--list-folded)
                                 (remove id pland--list-folded)
                               (cons id pland--list-folded)))
    (pland--draw-list)))

(defun pland-list-diff ()
  "Show the changes of the plan or subplan at point."
  (interactive)
  (pland--do-diff (pland-here) (pland--at-point)))

(defun pland-list-log ()
  "Show the output of the subplan at point."
  (interactive)
  (let ((at (pland--at-point)))
    (unless (plist-get at :subplanId) (user-error "A plan has no output of its own; go to one of its subplans"))
    (pland--do-log (pland-here) at)))

(defun pland-list-cancel ()
  "Cancel the plan or subplan at point."
  (interactive)
  (pland--do-cancel (pland-here) (pland--at-point)))

(defun pland-list-retry ()
  "Continue or retry the plan or subplan at point."
  (interactive)
  (pland--do-retry (pland-here) (pland--at-point)))

(defun pland--root-at-point ()
  "Params that name the plan at the top of what is at point."
  (let* ((project (pland-here)) (at (pland--plan-at-point)) (plan (pland-plan project (plist-get at :planId))))
    (if plan (list :planId (plist-get (pland-root-plan project plan) :planId)) at)))

(defun pland-list-apply ()
  "Apply the plan at point."
  (interactive)
  (pland--do-apply (pland-here) (pland--root-at-point)))

(defun pland-list-execute ()
  "Execute the plan at point."
  (interactive)
  (pland--do-execute (pland-here) (pland--root-at-point)))

(defun pland-list-resume (&optional dry-run)
  "Resume the plan at point; with a prefix argument, DRY-RUN, show what would run."
  (interactive "P")
  (pland--do-resume (pland-here) (append (pland--root-at-point) (when dry-run (list :dryRun t)))))

(defun pland-list-revert ()
  "Take the plan at point back to strategize."
  (interactive)
  (pland--do-revert (pland-here) (pland--root-at-point)))

(defun pland-list-tree (&optional superseded)
  "Show the decisions of the plan or subplan at point, also those SUPERSEDED."
  (interactive "P")
  (pland--do-tree (pland-here) (append (pland--at-point) (when superseded (list :showSuperseded t)))))

(defun pland-list-errors ()
  "Show what failed in the plan or subplan at point."
  (interactive)
  (pland--do-errors (pland-here) (pland--at-point)))

(defun pland-list-events ()
  "Show what happened in the plan at point."
  (interactive)
  (pland--do-events (pland-here) (pland--plan-at-point)))

(defun pland-list-checkpoint (label)
  "Make a checkpoint called LABEL of the plan or subplan at point."
  (interactive (list (read-string "Label of the checkpoint: " nil nil "by hand")))
  (pland--do-checkpoint (pland-here) (append (pland--at-point) (list :label label))))

(defun pland-list-checkpoints ()
  "Show the checkpoints of the plan at point."
  (interactive)
  (let ((project (pland-here)))
    (pland-show-checkpoints project (pland-plan project (plist-get (pland--plan-at-point) :planId)))))

;;;; Conflicts

(defvar-local pland--conflicts nil "The conflicts that this list shows.")

(defun pland--conflict-entries (project)
  "Entries for the open conflicts of PROJECT; asks for them anew in the background."
  (pland--ask-conflicts project (current-buffer))
  (mapcar (lambda (conflict)
            (let ((id (plist-get conflict :conflictId)))
              (list id (vector (propertize (plist-get conflict :path) 'face 'bold)
                               (pland-conflict-text conflict)
                               (pland-count (length (plist-get conflict :hunks)) "place")
                               (pland--name-of project (list :planId (plist-get conflict :planId)))))))
          pland--conflicts))

(defvar-local pland--conflicts-asked nil "What was last asked for conflicts: plan ids with revisions.")

(defun pland--ask-conflicts (project buffer)
  "Ask for the open conflicts of PROJECT when its plans changed, for BUFFER."
  (let* ((plans (cl-remove-if-not (lambda (plan) (> (pland--open plan) 0)) (pland-families project)))
         (state (mapcar (lambda (plan) (list (plist-get plan :planId) (plist-get plan :revision)
                                             (plist-get plan :conflicts)))
                        plans)))
    (unless (equal state pland--conflicts-asked)
      (setq pland--conflicts-asked state)
      (if (null plans)
          (setq pland--conflicts nil)
        (let ((left (length plans)) found)
          (dolist (plan plans)
            (pland-request-async
             project "pland/conflicts" (list :planId (plist-get plan :planId))
             (lambda (answer)
               (setq found (append found (cl-remove "open" (append (plist-get answer :conflicts) nil) :test-not #'equal
                                                    :key (lambda (one) (plist-get one :state)))))
               (when (and (zerop (cl-decf left)) (buffer-live-p buffer))
                 (with-current-buffer buffer
                   (setq pland--conflicts found)
                   (pland--draw-list)))))))))))

(defvar pland-conflicts-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map tabulated-list-mode-map)
    (pcase-dolist (`(,key . ,command)
                   '(("RET" . pland-list-visit-conflict) ("o" . pland-take-ours) ("t" . pland-take-theirs)
                     ("b" . pland-take-both) ("B" . pland-take-base) ("e" . pland-ediff) ("m" . pland-smerge)
                     ("u" . pland-undo)))
      (define-key map (kbd key) command))
    map)
  "Keys in the list of conflicts.")

(define-derived-mode pland-conflicts-mode tabulated-list-mode "Conflicts"
  "Open conflicts of plans.
\\{pland-conflicts-mode-map}"
  (setq tabulated-list-format [("File" 40 t) ("Between" 36 t) ("" 10 nil) ("Plan" 0 t)]
        tabulated-list-padding 1)
  (tabulated-list-init-header))

(defun pland-show-conflicts (project)
  "Show the open conflicts of PROJECT."
  (pland--show-list (format "*pland conflicts: %s*" (pland--nickname project)) 'pland-conflicts-mode project
                    #'pland--conflict-entries))

(defun pland--conflict-place (project conflict)
  "Line, from 0, where CONFLICT of PROJECT is shown first, or that of its base."
  (or (cl-loop for diagnostic across (gethash (file-truename (pland-uri-to-path (plist-get conflict :uri)))
                                              (pland-project-diagnostics project) [])
               when (equal (plist-get (plist-get diagnostic :data) :conflictId) (plist-get conflict :conflictId))
               return (plist-get (plist-get (plist-get diagnostic :range) :start) :line))
      (let ((hunks (plist-get conflict :hunks)))
        (if (zerop (length hunks)) 0
          (plist-get (plist-get (plist-get (elt hunks 0) :base) :lines) :start)))))

(defun pland-list-visit-conflict ()
  "Visit the lines of the conflict at point."
  (interactive)
  (let* ((project (pland-here))
         (conflict (or (cl-find (tabulated-list-get-id) pland--conflicts
                                :key (lambda (one) (plist-get one :conflictId)) :test #'equal)
                       (user-error "There is no conflict on this line")))
         (line (pland--conflict-place project conflict)))
    (find-file-other-window (pland-uri-to-path (plist-get conflict :uri)))
    (goto-char (point-min))
    (forward-line line)))

(defun pland--take (side)
  "Resolve the conflict at point, or a chosen one, by SIDE."
  (let ((project (pland-here)))
    (pland-resolve-conflict project (pland-read-conflict project (format "Take %s in: " side)) side)))

;;;###autoload
(defun pland-take-ours () "Resolve a conflict by what was merged first." (interactive) (pland--take "ours"))
;;;###autoload
(defun pland-take-theirs () "Resolve a conflict by what is merged onto it." (interactive) (pland--take "theirs"))
;;;###autoload
(defun pland-take-both () "Resolve a conflict by ours, then theirs." (interactive) (pland--take "both"))
;;;###autoload
(defun pland-take-base () "Resolve a conflict by neither: what was there before." (interactive) (pland--take "base"))

;;;; Checkpoints

(defvar-local pland--checkpoints nil "The checkpoints that this list shows.")

(defun pland--checkpoint-entries (project)
  "Entries for the checkpoints of this list's plan in PROJECT, newest first."
  (mapcar (lambda (one)
            (list (list 'checkpoint (plist-get one :checkpointId) (plist-get one :planId))
                  (vector (plist-get one :label) (or (plist-get one :trigger) "") (pland-checkpoint-text one)
                          (pland--name-of project (if (plist-get one :subplanId)
                                                      (list :subplanId (plist-get one :subplanId))
                                                    (list :planId (plist-get one :planId)))))))
          pland--checkpoints))

(defvar pland-checkpoints-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map tabulated-list-mode-map)
    (define-key map (kbd "R") #'pland-list-rollback)
    (define-key map (kbd "RET") #'pland-list-preview-rollback)
    map)
  "Keys in the list of checkpoints.")

(define-derived-mode pland-checkpoints-mode tabulated-list-mode "Checkpoints"
  "Checkpoints of a plan.
\\{pland-checkpoints-mode-map}"
  (setq tabulated-list-format [("Checkpoint" 36 t) ("Made" 22 t) ("" 28 nil) ("Of" 0 t)]
        tabulated-list-padding 1)
  (tabulated-list-init-header))

(defun pland-show-checkpoints (project plan)
  "Show the checkpoints of PLAN in PROJECT."
  (let* ((id (plist-get plan :planId))
         (found (append (plist-get (pland-call project "checkpoints" (list :planId id)) :checkpoints) nil))
         (name (format "*pland checkpoints: %s*" (pland-title project plan))))
    (with-current-buffer (get-buffer-create name)
      (pland-checkpoints-mode)
      (setq pland--checkpoints (nreverse found)))
    (pland--show-list name 'pland-checkpoints-mode project #'pland--checkpoint-entries plan)))

(defun pland-list-rollback ()
  "Roll back to the checkpoint at point, after showing what that would do."
  (interactive)
  (pland--do-rollback (pland-here) (pland--at-point)))

(defun pland-list-preview-rollback ()
  "Show what rolling back to the checkpoint at point would do."
  (interactive)
  (display-buffer (pland--preview-rollback (pland-here) (pland--at-point))))

(provide 'pland-list)
;;; pland-list.el ends here
