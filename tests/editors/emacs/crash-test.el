;;; crash-test.el  -*- lexical-binding: t -*-
