;;; list-test.el  -*- lexical-binding: t -*-
