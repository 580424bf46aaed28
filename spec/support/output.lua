-- busted's output for tools/test.sh: the plain one, and a closing line that says
-- "N passed, N failed, N skipped" with errors among the failed.
return function(options)
  local busted = require "busted"
  local handler = require "busted.outputHandlers.plainTerminal"(options)

  busted.subscribe({ "exit" }, function()
    local failed = handler.failuresCount + handler.errorsCount
    print(("\n%d passed, %d failed, %d skipped"):format(
      handler.successesCount, failed, handler.pendingsCount))
    return nil, true
  end)
  return handler
end
