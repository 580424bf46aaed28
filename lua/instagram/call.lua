--- One call of the API: started in the core, waited for at the seam, told to the log.
--- Knows: the core's requests, wait. Must not know: what is asked.
local core = require "instagram.core"
local check = require "instagram.check"
local wait = require "instagram.wait"

local methods = {}
local call_mt = { __index = methods }

local call = {}

--- Starts a call; it is not waited for yet.
---@param app instagram.App
---@param method string for the log: "GET", "POST", "DELETE"
---@param path string for the log: without query, so without secrets
---@param name string of the core app's method
---@param ... any its arguments
function call.start(app, method, path, name, ...)
  local handle = app.core
  return setmetatable({
    log = app.log,
    method = method,
    path = path,
    began = core.monotonic(),
    request = check.relay(handle[name], handle, ...),
  }, call_mt)
end

-- Events name no parameter, no token, no body.
local function tell_retries(self)
  local _, notes = self.request:attempts()
  for i, note in ipairs(notes or {}) do
    self.log {
      kind = "retry",
      method = self.method,
      path = self.path,
      attempt = i,
      error = note.kind,
      status = note.status ~= 0 and note.status or nil,
      code = note.code ~= 0 and note.code or nil,
      wait = note.wait,
    }
  end
end

-- A limit that was hit is told; so is a fault, with what to do about it.
local function tell_failure(self, err)
  self.log {
    kind = err.kind == "rate_limit" and "limit" or "fault",
    method = self.method,
    path = self.path,
    error = err.kind,
    code = err.code,
    status = err.status,
    retry_after = err.retry_after,
    advice = err.advice,
  }
end

local function tell(self, result, second, err)
  if not self.log then return result, second, err end
  tell_retries(self)
  local meta = result ~= nil and type(second) == "table" and second or err or {}
  self.log {
    kind = "request",
    method = self.method,
    path = self.path,
    seconds = core.monotonic() - self.began,
    status = meta.status,
    attempts = (self.request:attempts()),
    error = err and err.kind,
  }
  if result == nil and err then tell_failure(self, err) end
  return result, second, err
end

--- Waits for the end and hands on what the core says.
---@param on_progress fun(received: integer, total: integer?)?
---@return any result, any second
---@return instagram.Error? err
function methods:finish(on_progress)
  return tell(self, wait.request(self.request, on_progress))
end

function methods:done()
  return self.request:done()
end

function methods:cancel()
  self.request:cancel()
end

--- Start and finish in one.
function call.run(...)
  return call.start(...):finish()
end

return call
