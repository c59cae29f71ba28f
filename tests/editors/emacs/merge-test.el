;;; merge-test.el  -*- lexical-binding: t -*-
