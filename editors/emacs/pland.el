;;; pland.el --- Plans whose pieces run side by side, in Eglot and lsp-mode  -*- lexical-binding: t -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1"))
;; Keywords: tools, vc, languages
;; URL: https://github.com/pland/pland
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; You write a plan (*.plan.yaml): pieces of work that can go on side by side.  Each runs in an isolated copy of your
;; repository; the results are merged three-way; where two of them meet, you decide, on your own lines.  Your files
;; change when you apply the result, and not before.
;;
;; Open a plan file: the server `pland' starts, through Eglot or lsp-mode.  Files of the same project are followed
;; from then on, beside whatever language server they have, and show the plan's conflicts.
;;
;;   M-x pland-spawn          run the plan           M-x pland-list-plans   plans and subplans
;;   M-x pland-code-actions   remedies at point      M-x pland-conflicts    what needs you
;;   M-x pland-apply          take the result        M-x pland-undo         take it back
;;
;; All commands are in `pland-command-map', which is on C-c C-p in plan files; bind it where you like:
;;
;;   (global-set-key (kbd "C-c p") 'pland-command-map)

;;; Code:

(require 'cl-lib)
(require 'pland-project)
(require 'pland-words)
(require 'pland-documents)
(require 'pland-edit)
(require 'pland-actions)
(require 'pland-merge)
(require 'pland-verbs)
(require 'pland-commands)
(require 'pland-list)

(defvar eglot-sync-connect)
(declare-function pland-eglot-start "pland-eglot")
(declare-function pland-lsp-start "pland-lsp-mode")

(defcustom pland-client 'auto
  "The language client that runs the server.
`auto' is lsp-mode where that is loaded, else Eglot where there is one,
else lsp-mode."
  :group 'pland
  :type '(choice (const auto) (const eglot) (const lsp-mode)))

(defcustom pland-autostart t
  "Whether opening a plan file starts the server."
  :group 'pland
  :type 'boolean)

(defcustom pland-notifications 'all
  "What to be told of, once each, when a plan needs you."
  :group 'pland
  :type '(choice (const :tag "Conflicts, failures, and plans ready to apply" all)
                 (const :tag "Only conflicts and failures" problems)
                 (const :tag "Nothing: the mode line says it" none)))

;;;###autoload (autoload 'pland-command-map "pland" nil t 'keymap)
(defvar pland-command-map
  (let ((map (make-sparse-keymap)))
    (pcase-dolist (`(,key . ,command)
                   '(("s" . pland-spawn) ("n" . pland-use) ("l" . pland-list-plans) ("?" . pland-status)
                     ("c" . pland-conflicts) ("r" . pland-resolve) ("e" . pland-ediff) ("m" . pland-smerge)
                     ("." . pland-code-actions) ("," . pland-lens) ("a" . pland-apply) ("u" . pland-undo)
                     ("d" . pland-diff) ("o" . pland-log) ("k" . pland-checkpoint) ("K" . pland-checkpoints)
                     ("R" . pland-rollback) ("x" . pland-cancel) ("t" . pland-retry) ("X" . pland-execute)
                     ("G" . pland-resume) ("b" . pland-revert) ("T" . pland-tree) ("E" . pland-errors)
                     ("v" . pland-events) ("L" . pland-show-output) ("D" . pland-doctor) ("!" . pland-restart)))
      (define-key map (kbd key) command))
    map)
  "Keys of all commands.")
(fset 'pland-command-map pland-command-map)

(require 'pland-plan-mode)

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.plan\\.\\(?:ya?ml\\|json\\)\\'" . pland-plan-mode))

;;;; Starting and stopping

(with-eval-after-load 'eglot (require 'pland-eglot))
(with-eval-after-load 'lsp-mode (require 'pland-lsp-mode))

(defun pland--client ()
  "The language client to use, loaded."
  (let ((client (cond ((not (eq pland-client 'auto)) pland-client)
                      ((featurep 'lsp-mode) 'lsp-mode)
                      ((or (featurep 'eglot) (locate-library "eglot")) 'eglot)
                      ((locate-library "lsp-mode") 'lsp-mode)
                      (t (user-error "Neither Eglot nor lsp-mode is installed; M-x package-install eglot")))))
    (require client)
    client))

(defun pland-root-of (file)
  "The folder that a server for FILE is started for: its repository, or its own."
  (pland--true-folder (or (locate-dominating-file (file-truename file) ".git")
                          (file-name-directory (file-truename file)))))

(defun pland--check-program ()
  "Signal an error when there is no server to start."
  (unless (executable-find pland-program)
    (user-error "There is no program \"%s\": put it on your PATH or set `pland-program'" pland-program)))

(defun pland-restart-at (root)
  "Start the server for ROOT, with whatever client is used."
  (condition-case problem
      (pcase (pland--client)
        ('eglot (pland-eglot-start root))
        (_ (pland-lsp-start root)))
    (error (message "pland did not start: %s" (error-message-string problem)))))

;;;###autoload
(defun pland-start ()
  "Start the server for the project of this buffer."
  (interactive)
  (pland--check-program)
  (let ((root (pland-root-of (or buffer-file-name default-directory))))
    (pland-forget-ends root)
    (pcase (pland--client)
      ('eglot (pland-eglot-start root))
      (_ (pland-lsp-start root)))))

(defun pland-ensure (file)
  "The project of FILE, whose server is started where it does not run."
  (or (pland-project-of-file file)
      (let ((deadline (+ (float-time) 15)))
        (with-current-buffer (or (find-buffer-visiting file) (find-file-noselect file))
          (unless (pland-project-of-file file) (pland-start)))
        (while (and (not (pland-project-of-file file)) (< (float-time) deadline))
          (accept-process-output nil 0.05))
        (or (pland-project-of-file file)
            (user-error "The server did not start; M-x pland-show-output has what it said")))))

;;;###autoload
(defun pland-restart ()
  "Start the server of this project anew.  Nothing that was reported is lost."
  (interactive)
  (let ((project (pland-project-here)))
    (if (not project)
        (pland-start)
      (pland-forget-ends (pland-project-root project))
      (pland-server-restart (pland-project-server project)))))

;;;###autoload
(defun pland-stop ()
  "End the server of this project.  What runs is stopped, and what it did is kept."
  (interactive)
  (pland-server-stop (pland-project-server (pland-here))))

;;;###autoload
(defun pland-show-output ()
  "Show what was said with the server of this project."
  (interactive)
  (let ((buffers (cl-remove-if-not #'buffer-live-p
                                   (or (when-let ((project (pland-project-here)))
                                         (pland-server-log-buffers (pland-project-server project)))
                                       (cl-remove-if-not
                                        (lambda (buffer) (string-match-p "pland" (buffer-name buffer)))
                                        (buffer-list))))))
    (unless buffers (user-error "There is no output of a server"))
    (mapc #'display-buffer buffers)))

;;;###autoload
(defun pland-new-plan (file)
  "Write a small plan into the new FILE."
  (interactive "FWrite a plan into (NAME.plan.yaml): ")
  (unless (pland-plan-file-p file) (setq file (concat file ".plan.yaml")))
  (when (file-exists-p file) (user-error "%s exists already" file))
  (find-file file)
  (insert "plan: local/" (replace-regexp-in-string "[^A-Za-z0-9_-]" "-" (file-name-base (file-name-base file))) "\n"
          "goal: What shall be true when all is done\n"
          "subplans:\n"
          "  - name: first\n"
          "    goal: One piece of the work\n"
          "    run: \"true\"   # any shell command\n"))

(defun pland--autostart ()
  "Start the server for this plan file, or say why that cannot be."
  (when (and pland-autostart buffer-file-name (not (file-remote-p buffer-file-name)))
    (let ((buffer (current-buffer)))
      ;; Not while the file is still being opened.
      (run-with-timer 0 nil
                      (lambda ()
                        (when (buffer-live-p buffer)
                          (with-current-buffer buffer
                            (condition-case problem
                                (if-let ((project (pland-project-of-file buffer-file-name)))
                                    (pland-follow-buffer project)
                                  (pland-start))
                              (error (message "pland: %s" (error-message-string problem)))))))))))

(add-hook 'pland-plan-mode-hook #'pland--autostart)

;;;; Following the files of a project

(defun pland-follow-buffer (&optional project)
  "Make the file of this buffer known to the server of PROJECT, or of its own."
  (when (and pland-projects (pland-file-to-follow-p))
    (when-let ((project (or project (pland-project-of-file buffer-file-name))))
      (pland-server-join (pland-project-server project)))))

(defun pland--follow-all (project)
  "Make the files that are open known to the server of PROJECT."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and buffer-file-name (eq project (pland-project-of-file buffer-file-name)))
        (with-demoted-errors "pland: %S" (pland-follow-buffer project))))))

(defun pland--follow-this ()
  "A file was opened, or its major mode changed."
  (when (and pland-projects buffer-file-name)
    (with-demoted-errors "pland: %S" (pland-follow-buffer))))

(defun pland--follow-soon ()
  "Follow this buffer's file once its major mode is settled."
  (when (and pland-projects buffer-file-name)
    (let ((buffer (current-buffer)))
      (run-with-timer 0 nil (lambda ()
                              (when (buffer-live-p buffer)
                                (with-current-buffer buffer (pland--follow-this))))))))

(defun pland--leave-all (project)
  "The server of PROJECT is gone: nothing of it stays on the screen."
  (pland-drop-diagnostics project)
  (dolist (buffer (buffer-list))
    (when (eq project (buffer-local-value 'pland--project buffer))
      (with-current-buffer buffer (pland-mode -1)))))

(add-hook 'pland-connected-functions #'pland--follow-all)
(add-hook 'pland-disconnected-functions #'pland--leave-all)
(add-hook 'find-file-hook #'pland--follow-this 90)
(add-hook 'after-change-major-mode-hook #'pland--follow-soon 90)

;;;; What a person is told

(defvar pland--told nil "What was told, newest first: strings that name a plan, a need and an attempt.")
(defvar pland--working nil "Ids of plans that were seen at work.")
(defvar pland--mode-line "" "What the mode line says of plans.")
(put 'pland--mode-line 'risky-local-variable t)

(defvar pland-needs-person-functions nil
  "Called with a project, a plan and its need when the plan comes to need somebody.")

(defun pland--tell (_project plan need)
  "Say that PLAN has NEED."
  (unless (or (eq pland-notifications 'none)
              (and (eq pland-notifications 'problems) (eq need 'apply)))
    (let ((failed (pland-in-state plan "errored")) (open (pland--open plan)) (name (pland-name plan)))
      (message "%s"
               (substitute-command-keys
                (pcase need
                  ((or 'conflicts 'failures)
                   (format "%s has %s: \\[%s]" name
                           (string-join (delq nil (list (when (> open 0) (pland-count open "conflict"))
                                                        (when (> failed 0)
                                                          (concat (pland-count failed "subplan") " that failed"))))
                                        " and ")
                           (if (eq need 'conflicts) "pland-conflicts" "pland-list-plans")))
                  ('apply (format "%s is done and merged; your files are as they were until \\[pland-apply]" name))
                  ('continue (format "%s was stopped with the editor; \\[pland-retry] continues it" name))))))))

(add-hook 'pland-needs-person-functions #'pland--tell)

(defun pland--look (project)
  "Tell what plans of PROJECT need, once each, and keep the mode line right."
  (when (memq project pland-projects)
    (dolist (plan (pland-plans project))
      (let* ((id (plist-get plan :planId)) (need (pland-need plan)))
        (if (pland-running-p plan)
            (cl-pushnew id pland--working :test #'equal)
          (when need
            (let* (;; Whatever it comes to after it waited is news: a short run is over before it is seen.
                   (waits (eq need 'continue))
                   (attempts (cl-loop for one in (pland-subplans plan) sum (or (plist-get one :attempt) 0)))
                   (print (format "%s/%s/%s" id need attempts))
                   (seen (member id pland--working)))
              (if waits (cl-pushnew id pland--working :test #'equal)
                (setq pland--working (delete id pland--working)))
              (unless (or (member print pland--told)
                          (not (or (and seen (not waits)) (memq need '(conflicts failures))
                                   (pland-was-closed-p plan))))
                (push print pland--told)
                (run-hook-with-args 'pland-needs-person-functions project plan need))))))))
  (pland--update-mode-line))

(defvar pland--mode-line-keymap
  (let ((map (make-sparse-keymap)))
    (define-key map [mode-line mouse-1] #'pland-list-plans)
    map)
  "Keys of the part of the mode line that tells of plans.")

(defun pland--update-mode-line ()
  "Say in the mode line what runs and what waits for a person."
  (let ((running 0) (conflicts 0) (failed 0) (ready 0) (text ""))
    (dolist (project pland-projects)
      (dolist (plan (pland-plans project))
        (when (pland-running-p plan) (cl-incf running))
        (pcase (pland-need plan)
          ('conflicts (cl-incf conflicts (pland--open plan)))
          ('failures (cl-incf failed))
          ('apply (cl-incf ready)))))
    (when pland-projects
      (setq text (concat " pland"
                         (when (> running 0) (format " %d running" running))
                         (when (> conflicts 0)
                           (propertize (format " %s" (pland-count conflicts "conflict")) 'face 'error))
                         (when (> failed 0) (propertize (format " %d failed" failed) 'face 'error))
                         (when (> ready 0) (propertize (format " %d to apply" ready) 'face 'success)))))
    (setq text (propertize text 'help-echo "Plans; mouse-1 shows them" 'mouse-face 'mode-line-highlight
                           'local-map pland--mode-line-keymap))
    (unless (equal-including-properties text pland--mode-line)
      (setq pland--mode-line text)
      (force-mode-line-update t))))

(add-to-list 'mode-line-misc-info '(t pland--mode-line) t)
(add-hook 'pland-plans-changed-functions #'pland--look)

(provide 'pland)
;;; pland.el ends here
