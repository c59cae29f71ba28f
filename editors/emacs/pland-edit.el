;;; pland-edit.el --- Edits that a server of plans asks for  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Applying a plan edits the buffers that are open, each as one step of undo, all or none, and never a text that was
;; typed into meanwhile.

;;; Code:

(require 'cl-lib)
(require 'pland-documents)

(defvar pland-buffer-version-function nil
  "Called in a buffer of a language client: the version that the server knows.
It answers `changed' when more was typed since.")

(defun pland--known-version ()
  "Version of this buffer that its server knows; `changed' when more was typed."
  (cond (pland--project (if pland--changes 'changed pland--version))
        (pland-buffer-version-function (funcall pland-buffer-version-function))))

(defun pland--edit-buffer (uri)
  "The buffer that an edit of URI is for."
  (or (find-buffer-visiting (pland-uri-to-path uri))
      (error "%s is not open" (pland-uri-to-path uri))))

(defun pland--check-change (change)
  "Signal an error when CHANGE of a workspace edit must not be made."
  (if (plist-get change :kind)
      (unless (equal (plist-get change :kind) "delete")
        (error "Cannot %s files" (plist-get change :kind)))
    (let* ((document (plist-get change :textDocument))
           (version (plist-get document :version)))
      (with-current-buffer (pland--edit-buffer (plist-get document :uri))
        (when buffer-read-only (error "%s is read-only" (buffer-name)))
        (when (and version (not (eql version (pland--known-version))))
          (error "%s was typed into meanwhile" (buffer-name)))))))

(defun pland-edit-text (edits)
  "Make EDITS, those of the protocol, in this buffer as one change."
  (save-excursion
    (save-restriction
      (widen)
      (let ((places (mapcar (lambda (edit)
                              (let ((range (plist-get edit :range)))
                                (list (copy-marker (pland-point (plist-get range :start)))
                                      (copy-marker (pland-point (plist-get range :end)))
                                      (pland--from-file (plist-get edit :newText)))))
                            edits)))
        (undo-boundary)
        (atomic-change-group
          (pcase-dolist (`(,beg ,end ,text) (reverse places))
            (goto-char beg)
            (delete-region beg end)
            (insert text)
            (set-marker beg nil)
            (set-marker end nil)))
        (undo-boundary)))))

(defun pland--make-change (change)
  "Make one CHANGE of a workspace edit."
  (if (plist-get change :kind)
      (let* ((path (pland-uri-to-path (plist-get change :uri)))
             (buffer (find-buffer-visiting path)))
        (when (file-exists-p path) (delete-file path))
        (when buffer
          (with-current-buffer buffer
            (set-buffer-modified-p nil)
            (kill-buffer))))
    (with-current-buffer (pland--edit-buffer (plist-get (plist-get change :textDocument) :uri))
      (pland-edit-text (append (plist-get change :edits) nil)))))

(defun pland-apply-edit (edit)
  "Make the workspace edit EDIT; the protocol's answer, as a property list."
  (let ((changes (append (plist-get edit :documentChanges) nil)) (done 0))
    (condition-case failure
        (progn
          (dolist (change changes) (pland--check-change change) (cl-incf done))
          (setq done 0)
          (dolist (change changes) (pland--make-change change) (cl-incf done))
          (list :applied t))
      (error (list :applied :json-false :failureReason (error-message-string failure) :failedChange done)))))

(provide 'pland-edit)
;;; pland-edit.el ends here
