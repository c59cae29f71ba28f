-- What is due when Neovim begins to end is not done any more: its windows and lists are gone then, and 0.7 hangs when
-- the quickfix list is set in the ruins.
return function(t)
  t.edit("retire-logger.plan.yaml")
  t.must(t.running())
  vim.cmd("Pland spawn")
  t.must(t.eventually("the plan comes to need somebody", function()
    return t.need() == "conflicts"
  end))
  vim.cmd("Pland conflicts")
  t.must(t.eventually("the quickfix list has the conflicts", function()
    return #vim.fn.getqflist() == 2
  end))

  local touched = nil
  local setqflist = vim.fn.setqflist
  vim.api.nvim_create_autocmd("VimLeave", {
    callback = function()
      require("pland.conflicts").update()
      vim.fn.setqflist = function()
        touched = "the quickfix list"
      end
      -- Twice as long as it takes when Neovim does not end.
      vim.wait(800, function()
        return touched ~= nil
      end, 20)
      if touched then
        t.say("FAIL " .. touched .. " was touched while Neovim ended")
        os.exit(1)
      end
    end,
  })

  -- The same without an end does it: or the check above could not fail.
  vim.fn.setqflist = function(...)
    touched = "the quickfix list"
    return setqflist(...)
  end
  require("pland.conflicts").update()
  t.eventually("a change comes to the quickfix list a moment later", function()
    return touched ~= nil
  end)
  touched = nil
end
