;;; pland-reports.el --- Decisions, failures and events as text  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; What `tree', `errors', `events' and a dry run of `resume' answer, for a person.  Pure.

;;; Code:

(require 'cl-lib)
(require 'json)
(require 'subr-x)
(require 'pland-words)

(defun pland--one-line (text)
  "TEXT without line ends."
  (replace-regexp-in-string "[\n\r\t]+" " " (or text "")))

(defun pland--spelled (name)
  "NAME of the wire in words."
  (replace-regexp-in-string "_" " " name))

(defun pland--decision-text (node depth states)
  "The decision NODE and those below it, DEPTH deep.
STATES is an alist from child plans to their states."
  (let* ((indent (make-string (* 2 depth) ?\s))
         (state (cdr (assoc (plist-get node :planId) states)))
         (alternatives (append (plist-get node :alternatives) nil))
         (because (plist-get node :rationale)))
    (concat indent "- " (pland--spelled (plist-get node :type)) ": " (pland--one-line (plist-get node :description))
            (if state (format "  (%s)" state) "")
            (if (eq t (plist-get node :superseded)) "  (superseded)" "")
            "\n"
            (if alternatives
                (format "%s  %s  %s\n" indent (pland--one-line (plist-get node :question)) (string-join alternatives ", "))
              "")
            (if because (format "%s  because %s\n" indent (pland--one-line because)) "")
            (mapconcat (lambda (child) (pland--decision-text child (1+ depth) states)) (plist-get node :children) ""))))

(defun pland-tree-text (title answer)
  "The decisions of TITLE as an outline: ANSWER of `tree'."
  (let ((summary (plist-get answer :summary)))
    (format "Decisions of %s: %d, %s, %d superseded\n\n%s" title (plist-get summary :nodes)
            (pland-count (plist-get summary :childPlans) "subplan") (plist-get summary :superseded)
            (pland--decision-text (plist-get answer :tree) 0
                                  (mapcar (lambda (child) (cons (plist-get child :planId) (plist-get child :state)))
                                          (plist-get answer :childPlans))))))

(defun pland--errors-text (answer depth below)
  "What ANSWER of `errors' says, DEPTH deep.
BELOW is an alist from child plans that failed to answers for them."
  (let ((indent (make-string (* 2 depth) ?\s)) told)
    (concat
     (mapconcat
      (lambda (one)
        (let* ((id (plist-get one :subplanId))
               (child (unless (member id told) (cdr (assoc id below)))))
          (push id told)
          (concat
           (format "%s%s  %s\n" indent (plist-get one :name) (pland--one-line (plist-get one :message)))
           (format "%s  %s, %d of %s, %s\n" indent (pland--spelled (plist-get one :category)) (plist-get one :retryCount)
                   (pland-count (plist-get one :maxRetries) "retry" "retries")
                   (pcase (plist-get one :action)
                     ("retry" "tried again") ("repair" "repaired") ("surface" "left to you") (other other)))
           (pcase (plist-get one :hint) ((or 'nil "") "") (hint (format "%s  hint: %s\n" indent (pland--one-line hint))))
           (pcase (plist-get one :command) ((or 'nil "") "") (command (format "%s  command: %s\n" indent command)))
           (if child (pland--errors-text child (1+ depth) below) ""))))
      (plist-get answer :errors) "")
     (mapconcat (lambda (path) (format "%sconflict in %s\n" indent path)) (plist-get answer :conflictFiles) "")
     (mapconcat (lambda (pattern)
                  (mapconcat (lambda (check)
                               (format "%sbefore the next run (%s): %s\n" indent
                                       (pland-count (plist-get pattern :frequency) "time") (pland--one-line check)))
                             (plist-get pattern :preventiveChecks) ""))
                (plist-get answer :patterns) ""))))

(defun pland-errors-text (title answer below)
  "What failed in TITLE: ANSWER of `errors', with BELOW for child plans."
  (format "What failed in %s (%s, %s)\n\n%s" title (plist-get answer :phase) (plist-get answer :state)
          (pland--errors-text answer 0 below)))

(defun pland--payload-text (payload)
  "The PAYLOAD of an event in one line."
  (string-join
   (cl-loop for (key value) on payload by #'cddr
            for text = (if (stringp value) value (json-encode value))
            unless (string-empty-p text)
            collect (format "%s=%s" (substring (symbol-name key) 1)
                            (truncate-string-to-width (pland--one-line text) 100 nil nil "...")))
   " "))

(defun pland-events-text (events name-of)
  "EVENTS, a line each; NAME-OF answers the name for the id of a subplan."
  (mapconcat (lambda (event)
               (let ((subplan (plist-get event :subplanId)))
                 (format "%6d  %s  %-24s  %s%s\n" (plist-get event :sequence)
                         (format-time-string "%F %T" (pland-time (plist-get event :createdAt)))
                         (plist-get event :type)
                         (if subplan (concat (funcall name-of subplan) "  ") "")
                         (pland--payload-text (plist-get event :payload)))))
             events ""))

(defun pland-resume-text (title answer)
  "What resuming TITLE would do: ANSWER of a dry run."
  (concat (format "What resuming %s would do:\n\n" title)
          (mapconcat (lambda (name) (format "  run   %s\n" name)) (plist-get answer :remaining) "")
          (mapconcat (lambda (name) (format "  keep  %s\n" name)) (plist-get answer :done) "")))

(provide 'pland-reports)
;;; pland-reports.el ends here
