;;; support.el --- What the tests of the Emacs package share  -*- lexical-binding: t -*-

;;; Commentary:
;; A batch Emacs runs no idle timers and no command loop: `pland-test-pump' does what they would do.

;;; Code:

(setq native-comp-deferred-compilation nil
      load-prefer-newer t
      make-backup-files nil
      create-lockfiles nil
      auto-save-default nil
      enable-local-variables nil
      vc-follow-symlinks t
      inhibit-message nil
      debug-on-error nil)
(defvar pland-test-here (getenv "PLAND_HERE"))
(defvar pland-test-client (intern (getenv "PLAND_CLIENT")))
(package-initialize)
;; Newer libraries than those of this Emacs, some of which it has loaded already: PLAND_MORE_LISP=FOLDER:FOLDER...
(let ((folders (split-string (or (getenv "PLAND_MORE_LISP") "") ":" t)))
  (setq load-path (append folders load-path))
  (when folders
    (dolist (library '("seq" "eldoc" "project" "xref" "jsonrpc" "flymake"))
      (when (locate-file (concat library ".el") folders) (load library nil t)))))
(push (getenv "PLAND_LISP") load-path)

(require 'ert)
(require 'cl-lib)
(require 'subr-x)
(require pland-test-client)
(when (eq pland-test-client 'lsp-mode)
  (require 'lsp-diagnostics)
  (setq lsp-session-file (expand-file-name "lsp-session" (getenv "HOME"))
        lsp-diagnostics-provider :flymake
        lsp-headerline-breadcrumb-enable nil
        lsp-modeline-diagnostics-enable nil
        lsp-modeline-code-actions-enable nil
        lsp-enable-snippet nil
        lsp-completion-enable nil
        lsp-client-packages nil
        lsp-enable-suggest-server-download nil
        lsp-warn-no-matched-clients nil
        lsp-debounce-full-sync-notifications nil
        lsp-idle-delay 0.1))
(require 'pland)
;; Nobody sits here: plan files of the tests may run.  trust-test.el is about being asked.
(setq pland-confirm-commands nil
      pland-client pland-test-client
      flymake-no-changes-timeout 0.1)
(when (eq pland-test-client 'eglot)
  (setq eglot-sync-connect t eglot-send-changes-idle-time 0 eglot-events-buffer-size 200000))

(defun pland-test-pump ()
  "Do what the idle timers of an Emacs with a person would do."
  (dolist (buffer (buffer-list))
    (when (buffer-file-name buffer)
      (with-current-buffer buffer
        (when (and (fboundp 'eglot-managed-p) (eglot-managed-p))
          (eglot--signal-textDocument/didChange))
        (when (bound-and-true-p flymake-mode)
          (flymake-start))))))

(defmacro pland-test-eventually (what &rest body)
  "Wait until BODY is non-nil and return it; fail with WHAT after half a minute."
  (declare (indent 1))
  (let ((value (make-symbol "value")) (deadline (make-symbol "deadline")))
    `(let ((,deadline (+ (float-time) 40)) ,value)
       (while (and (not (setq ,value (progn ,@body))) (< (float-time) ,deadline))
         (accept-process-output nil 0.05)
         (pland-test-pump))
       (unless ,value (ert-fail (list "waited in vain" ,what 'messages (pland-test-last-messages))))
       ,value)))

(defun pland-test-last-messages ()
  "The end of *Messages*."
  (with-current-buffer (messages-buffer)
    (buffer-substring-no-properties (max (point-min) (- (point-max) 1500)) (point-max))))

(defun pland-test-git (folder &rest arguments)
  "Run git with ARGUMENTS in FOLDER; what it printed."
  (with-temp-buffer
    (let ((default-directory (file-name-as-directory folder)))
      (unless (zerop (apply #'call-process "git" nil t nil arguments))
        (error "git %s: %s" arguments (buffer-string)))
      (buffer-string))))

(defun pland-test-write (path text)
  "Write TEXT to PATH as it is."
  (make-directory (file-name-directory path) t)
  (let ((coding-system-for-write 'utf-8-unix))
    (write-region text nil path nil 'silent)))

(defun pland-test-read (path)
  "Text of the file PATH, byte for byte but for UTF-8."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8-unix)) (insert-file-contents path))
    (buffer-string)))

(defconst pland-test-files
  '(("greet.txt" . "first line\nsecond line 😀 says hello\nthird line\n")
    ("list.txt" . "alpha\nbeta\ngamma\ndelta\nepsilon\nzeta\neta\n")
    ("code.c" . "int one(void) { return 1; }\nint two(void) { return 2; }\n")
    ("old.txt" . "nobody needs this\nany more\n")
    ("greeting.plan.yaml" . "plan: local/greeting
goal: Two subplans that change the same lines, and different lines of another file; one that deletes a file
subplan_defaults: {max_parallel: 2}
subplans:
  - name: polite
    run: sed -i 's/says hello/says good morning/' greet.txt && sed -i 's/^beta$/beta of polite/' list.txt && sed -i 's/return 2/return 20/' code.c
  - name: casual
    run: sed -i 's/says hello/says hi/' greet.txt && sed -i 's/^zeta$/zeta of casual/' list.txt && sed -i 's/return 2/return 22/' code.c
  - name: tidy
    run: rm old.txt && echo swept
"))
  "Files of a project with two conflicts.")

(defmacro pland-test-with-project (variables &rest body)
  "Run BODY in a new project; VARIABLES are (ROOT &key name files)."
  (declare (indent 1))
  (let ((root (car variables)))
    `(let* ((,root (pland-test-make-project ,@(cdr variables)))
            (pland--told nil) (pland--working nil) (pland--ends nil))
       (unwind-protect (progn ,@body)
         (pland-test-clean ,root)))))

(cl-defun pland-test-make-project (&key (name "repo") (files pland-test-files))
  "A new repository in a folder called NAME with FILES; its true path with a slash."
  (with-current-buffer (messages-buffer)
    (let ((inhibit-read-only t)) (erase-buffer)))
  (let ((root (file-name-as-directory (expand-file-name name (file-truename (make-temp-file "pland-" t))))))
    (make-directory root t)
    (pcase-dolist (`(,file . ,text) files) (pland-test-write (concat root file) text))
    (pland-test-git root "init" "-q" "-b" "main")
    (pland-test-git root "add" "-A")
    (pland-test-git root "commit" "-q" "-m" "Start")
    root))

(defvar pland-test-servers nil "Servers of language clients that tests started beside.")

(defun pland-test-clean (_root)
  "End all servers and kill the buffers with files."
  (dolist (project pland-projects)
    (condition-case problem (pland-server-stop (pland-project-server project))
      (error (message "stopping: %S" problem))))
  (pland-test-eventually "the servers end" (null pland-projects))
  (dolist (buffer (buffer-list))
    (when (or (buffer-file-name buffer) (string-match-p "\\`\\*pland" (buffer-name buffer)))
      (with-current-buffer buffer (set-buffer-modified-p nil))
      (let (kill-buffer-query-functions) (kill-buffer buffer))))
  (dolist (buffer (buffer-list))
    (when (string-match-p "EGLOT\\|pland" (buffer-name buffer))
      (let (kill-buffer-query-functions) (kill-buffer buffer)))))

(defun pland-test-open (path)
  "Visit PATH in the selected window."
  (switch-to-buffer (find-file-noselect path))
  ;; cc-mode's own check runs make, and its late report ends a batch Emacs.
  (remove-hook 'flymake-diagnostic-functions 'flymake-cc t)
  (current-buffer))

(defun pland-test-open-plan (root &optional name)
  "Visit the plan file NAME of ROOT and wait for its server; the project."
  (let ((path (concat root (or name "greeting.plan.yaml"))))
    (pland-test-open path)
    (pland-test-eventually "the server starts with the plan file" (pland-project-of-file path))))

(defun pland-test-plan (project)
  "The newest plan of PROJECT."
  (car (pland-plans project)))

(defun pland-test-wait-state (project state)
  "Wait until the newest plan of PROJECT is in STATE."
  (pland-test-eventually (format "the plan is %s" state)
    (equal state (plist-get (pland-test-plan project) :state))))

(defun pland-test-diagnostics (&optional code)
  "Flymake's diagnostics of this buffer that have CODE, which lsp-mode does not show."
  (cl-remove-if-not (lambda (diagnostic)
                      (or (eq pland-test-client 'lsp-mode)
                          (string-match-p (regexp-quote (or code "")) (flymake-diagnostic-text diagnostic))))
                    (flymake-diagnostics)))

(defun pland-test-lines (diagnostic)
  "First and last line of DIAGNOSTIC of Flymake."
  (list (line-number-at-pos (flymake-diagnostic-beg diagnostic))
        (line-number-at-pos (max (flymake-diagnostic-beg diagnostic) (1- (flymake-diagnostic-end diagnostic))))))

(defmacro pland-test-answering (answers &rest body)
  "Run BODY for a person who answers `completing-read' by the first choice that matches one of ANSWERS."
  (declare (indent 1))
  `(cl-letf* ((pland-test-asked nil)
              ((symbol-function 'completing-read)
               (lambda (prompt table &optional predicate &rest _)
                 (let* ((choices (all-completions "" table predicate))
                        (choice (cl-some (lambda (wanted)
                                           (cl-find-if (lambda (one) (string-match-p wanted one)) choices))
                                         ,answers)))
                   (push (cons prompt choices) pland-test-asked)
                   (or choice (error "Asked %S among %S" prompt choices))))))
     ,@body))
(defvar pland-test-asked nil "What was asked: prompt and choices, newest first.")

(defun pland-test-clean-repository (root)
  "Fail when more than files changed in the repository ROOT."
  (should (string-empty-p (replace-regexp-in-string "^.*refs/\\(?:heads/main\\|pland/.*\\)\n" ""
                                                    (pland-test-git root "for-each-ref"))))
  (should (equal 1 (length (split-string (pland-test-git root "worktree" "list") "\n" t))))
  (pland-test-git root "fsck" "--no-progress"))

(provide 'support)
;;; support.el ends here
