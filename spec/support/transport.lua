-- What specs of API calls begin with: an app and a token anew for each test, one GET of
-- /me, answers and errors in Instagram's words.
local assert = require "luassert"
local calls = require "spec.support.calls"
local core = require "instagram.core"
local wire = require "spec.support.wire"

local transport = {}

transport.OK = '{"id":"17841400000000001","username":"someone"}'

function transport.answer(status, body)
  return wire.answer { status = status, body = body }
end

function transport.graph_error(code, message, more)
  return ('{"error":{"message":"%s","type":"OAuthException",%s"code":%d,' ..
    '"fbtrace_id":"AbCdEfGhIjKlMnOpQrStUvW"}}'):format(message, more or "", code)
end

--- A server for all tests of a file.
function transport.serve()
  core.engine():close() -- with what other specs left in it
  return wire.start()
end

--- An app of the server, and a token, for one test.
function transport.begin(server)
  local app = calls.app(server)
  return app, calls.token(app)
end

--- After each test: nothing is left under way.
function transport.finish(app, token)
  assert.equal(0, core.engine():pending())
  token:close()
  app:close()
  core.engine():close()
end

--- Plays the script to one GET of /me.
function transport.get(server, app, token, script, opts)
  server:serve(script)
  return calls.finish(app:get(token, "/me", { { "fields", "id,username" } }, opts))
end

--- Insists on a failure of this kind that is told as every failure is; hands it out.
function transport.fails(kind, result, message, err)
  assert.is_nil(result)
  assert.equal(kind, err and err.kind, message)
  assert.is_string(message)
  assert.equal(message, tostring(err))
  assert.is_nil(message:find "[\r\n]")
  assert.is_true(core.is_error(err))
  assert.is_string(err.advice)
  return err
end

return transport
