;;; documents-test.el  -*- lexical-binding: t -*-
