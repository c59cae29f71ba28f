;;; pland-words.el --- How plans read to a person  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The same sentences in lists, mode line and messages.  Pure.

;;; Code:

(require 'cl-lib)
(require 'pland-project)

(defun pland-count (number one &optional many)
  "NUMBER of things called ONE, or MANY."
  (format "%d %s" number (if (= number 1) one (or many (concat one "s")))))

(defun pland-name (plan)
  "The last part of PLAN's name."
  (car (last (split-string (or (plist-get plan :name) "plan") "/"))))

(defun pland--state (thing)
  "State of the plan or subplan THING."
  (plist-get thing :state))

(defun pland--phase (plan)
  "Phase of PLAN."
  (plist-get plan :phase))

(defun pland--open (plan)
  "How many conflicts of PLAN are open."
  (or (plist-get (plist-get plan :conflicts) :open) 0))

(defun pland-in-state (plan state)
  "How many subplans of PLAN are in STATE."
  (cl-count state (plist-get plan :subplans) :key #'pland--state :test #'equal))

(defun pland-awaits-input-p (plan)
  "Non-nil when PLAN waits for someone to continue it."
  (if (equal (pland--phase plan) "strategize")
      (member (pland--state plan) '("complete" "queued"))
    (and (equal (pland--state plan) "queued") (> (or (plist-get plan :checkpoints) 0) 0))))

(defun pland-was-closed-p (plan)
  "Non-nil when PLAN was stopped by the end of the server, not by a person."
  (and (equal (pland--state plan) "cancelled") (equal (plist-get plan :error) "pland was closed")))

(defun pland-running-p (plan)
  "Non-nil while PLAN works."
  (if (equal (pland--phase plan) "strategize")
      (equal (pland--state plan) "processing")
    (or (equal (pland--state plan) "processing")
        (and (equal (pland--state plan) "queued") (not (pland-awaits-input-p plan))))))

(defun pland-can-apply-p (plan)
  "Non-nil when PLAN has a result that can be applied."
  (and (equal (pland--phase plan) "execute")
       (not (pland-running-p plan))
       (not (pland-awaits-input-p plan))
       (not (equal (pland--state plan) "applied"))
       (zerop (pland--open plan))
       (> (pland-in-state plan "complete") 0)))

(defun pland-can-execute-p (plan)
  "Non-nil when something of PLAN is still to be run."
  (and (not (pland-running-p plan))
       (not (equal (pland--state plan) "applied"))
       (or (equal (pland--phase plan) "strategize")
           (< (pland-in-state plan "complete") (length (plist-get plan :subplans))))))

(defun pland-can-resume-p (plan)
  "Non-nil when PLAN was interrupted or failed."
  (and (pland-can-execute-p plan)
       (or (not (equal (pland--state plan) "cancelled")) (pland-was-closed-p plan))))

(defun pland-can-revert-p (plan)
  "Non-nil when PLAN can go back to strategize."
  (if (equal (pland--phase plan) "strategize")
      (member (pland--state plan) '("complete" "errored"))
    (and (not (pland-running-p plan)) (not (equal (pland--state plan) "applied")))))

(defun pland-need (plan)
  "What PLAN wants of a person, or nil.
It is `conflicts', `failures', `continue' or `apply'."
  (cond ((pland-was-closed-p plan) 'continue)
        ((or (pland-running-p plan) (member (pland--state plan) '("applied" "cancelled"))) nil)
        ((> (pland--open plan) 0) 'conflicts)
        ((or (equal (pland--phase plan) "strategize") (pland-awaits-input-p plan)) 'continue)
        ((> (pland-in-state plan "errored") 0) 'failures)
        ((pland-can-apply-p plan) 'apply)))

(defun pland-plan-text (plan)
  "How far PLAN is, in one line."
  (cond
   ((equal (pland--state plan) "applied") "applied")
   ((and (equal (pland--phase plan) "strategize") (not (pland-running-p plan))) "not started")
   (t (let ((running (pland-in-state plan "processing"))
            (failed (pland-in-state plan "errored")))
        (string-join
         (delq nil
               (list
                (when (pland-awaits-input-p plan) "waits for you")
                (when (equal (pland--state plan) "cancelled")
                  (if (pland-was-closed-p plan) "stopped with the editor" "cancelled"))
                (format "%d/%d done" (pland-in-state plan "complete") (length (plist-get plan :subplans)))
                (when (> running 0) (format "%d running" running))
                (when (> failed 0) (format "%d failed" failed))
                (when (> (pland--open plan) 0) (pland-count (pland--open plan) "conflict"))))
         ", ")))))

(defun pland-subplan-text (subplan)
  "How far SUBPLAN is, in one line."
  (let ((again (if (> (or (plist-get subplan :attempt) 0) 1) (format ", attempt %d" (plist-get subplan :attempt)) "")))
    (pcase (pland--state subplan)
      ("queued" "queued")
      ("processing" (concat "running" again))
      ("complete" (let ((files (length (plist-get subplan :filesChanged))))
                    (concat "done" again (if (> files 0) (concat ", " (pland-count files "file")) ""))))
      ("errored" (concat "failed" again (let ((code (plist-get subplan :exitCode)))
                                          (if code (format ", exit code %s" code) ""))))
      (other (concat other again)))))

(defun pland-state-face (state)
  "Face in which STATE is shown."
  (pcase state
    ((or "complete" "applied") 'success)
    ((or "errored" "constrained") 'error)
    ("processing" 'warning)
    (_ 'shadow)))

(defun pland-conflict-text (conflict)
  "Who made CONFLICT, and how."
  (concat (plist-get conflict :ours) " and " (plist-get conflict :theirs)
          (pcase (plist-get conflict :kind)
            ("creation" ", both created it")
            ("deletion" ", one deleted it")
            ("rename" ", renamed")
            ("mode" ", kind or permissions")
            ("binary" ", not text")
            (_ ""))))

(defun pland-time (time)
  "TIME of the wire, ISO or milliseconds since 1970, as Emacs has it."
  (if (numberp time) (seconds-to-time (/ time 1000.0)) (date-to-time time)))

(defun pland-age (time)
  "How long ago TIME of the wire was."
  (let ((passed (ignore-errors (- (float-time) (float-time (pland-time time))))))
    (cond ((or (null passed) (< passed 60)) "just now")
          ((< passed 3600) (format "%d min ago" (floor passed 60)))
          ((< passed 86400) (format "%d h ago" (floor passed 3600)))
          (t (format "%d d ago" (floor passed 86400))))))

(defun pland-checkpoint-text (checkpoint)
  "Age and size of CHECKPOINT."
  (let ((left-out (length (plist-get checkpoint :leftOut))))
    (concat (pland-age (plist-get checkpoint :createdAt)) ", "
            (pland-count (or (plist-get checkpoint :files) 0) "file")
            (if (> left-out 0) (format ", %d left out" left-out) ""))))

(provide 'pland-words)
;;; pland-words.el ends here
