;;; pland-plan-mode.el --- Plan files  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; A major mode for *.plan.yaml.  It builds on `yaml-mode' where that is installed.

;;; Code:

(require 'pland-actions)

(defvar pland-command-map)

(defconst pland--plan-keywords
  '(("\\(?:^\\|[{,]\\)[ \t]*\\(?:-[ \t]+\\)*\\([A-Za-z_][A-Za-z0-9_-]*\\)[ \t]*:\\(?:[ \t]\\|$\\)"
     1 font-lock-variable-name-face)
    ("\\_<\\(true\\|false\\|null\\)\\_>" 1 font-lock-constant-face)
    ("\\_<[0-9]+\\(?:ms\\|s\\|m\\|h\\|d\\)?\\_>" 0 font-lock-constant-face))
  "What is highlighted in a plan file without `yaml-mode'.")

(defvar pland--plan-syntax
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?\' "." table)
    (modify-syntax-entry ?- "_" table)
    (modify-syntax-entry ?_ "_" table)
    table)
  "Syntax of a plan file without `yaml-mode'.")

(define-derived-mode pland--plain-yaml-mode prog-mode "YAML"
  "Enough of YAML for plan files."
  :syntax-table pland--plan-syntax
  (setq-local comment-start "# ")
  (setq-local comment-start-skip "#+[ \t]*")
  (setq-local indent-tabs-mode nil)
  (setq-local indent-line-function #'indent-relative)
  (setq-local font-lock-defaults '(pland--plan-keywords)))

(defalias 'pland--plan-parent-mode
  (if (require 'yaml-mode nil t) 'yaml-mode 'pland--plain-yaml-mode))

(defvar pland-plan-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-c") 'pland-spawn)
    (define-key map (kbd "C-c C-o") 'pland-lens)
    (define-key map (kbd "C-c C-a") 'pland-code-actions)
    map)
  "Keys in plan files.")

(defvar-local pland-lenses-as-overlays nil
  "Non-nil when code lenses are shown by us: the client shows none.")

(defvar-local pland--lens-timer nil "Timer that asks for code lenses.")

(defun pland--lenses-soon (&rest _)
  "Ask for the code lenses of this buffer soon."
  (when pland--lens-timer (cancel-timer pland--lens-timer))
  (let ((buffer (current-buffer)))
    (setq pland--lens-timer
          (run-with-timer 0.3 nil (lambda ()
                                    (when (buffer-live-p buffer)
                                      (with-current-buffer buffer
                                        (setq pland--lens-timer nil)
                                        (when pland-lenses-as-overlays (pland-refresh-lenses)))))))))

(defun pland--lenses-changed (project)
  "Lenses of PROJECT read differently, or its server came or went."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and (derived-mode-p 'pland-plan-mode) buffer-file-name
                 (string-prefix-p (pland-project-root project) (file-truename buffer-file-name)))
        (pland--lenses-soon)))))

(add-hook 'pland-lenses-changed-functions #'pland--lenses-changed)
(add-hook 'pland-connected-functions #'pland--lenses-changed)
(add-hook 'pland-disconnected-functions #'pland--lenses-changed)

;;;###autoload (autoload 'pland-plan-mode "pland" nil t)
(define-derived-mode pland-plan-mode pland--plan-parent-mode "Plan"
  "Major mode for plans: pieces of work that go on side by side.
\\{pland-plan-mode-map}"
  (define-key pland-plan-mode-map (kbd "C-c C-p") pland-command-map)
  (add-hook 'after-change-functions #'pland--lenses-soon nil t)
  (add-hook 'pland-plan-managed-hook #'pland--lenses-soon nil t))

(put 'pland-plan-mode 'derived-mode-parent (symbol-function 'pland--plan-parent-mode))

(provide 'pland-plan-mode)
;;; pland-plan-mode.el ends here
