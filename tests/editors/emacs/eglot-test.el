;;; eglot-test.el  -*- lexical-binding: t -*-
