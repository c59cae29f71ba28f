;;; commands-test.el  -*- lexical-binding: t -*-
