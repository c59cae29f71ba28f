;;; lsp-mode-test.el  -*- lexical-binding: t -*-
