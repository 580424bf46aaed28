--- Instagram for Lua: log a person in, keep the token alive, read profile, images,
--- videos and albums. This file is the face; the rooms behind it are named by what they
--- do (docs/architecture.md).
local core = require "instagram.core"
local app = require "instagram.app"
local check = require "instagram.check"
local errors = require "instagram.errors"
local map = require "instagram.map"
local tasks = require "instagram.tasks"
local wait = require "instagram.wait"

local instagram = {
  _NAME = "instagram",
  _VERSION = "instagram " .. core._VERSION,
  --- Stands for JSON's null where a value of our own has to hold one; equal to
  --- cjson.null. Answers leave nulls out.
  null = core.null,
}

--- An app as it is registered with Meta.
---@param options instagram.AppOptions
---@return instagram.App
function instagram.app(options)
  return app.new(options)
end

--- A client from a bare token: pasted, or generated in the dashboard.
---@param secret string|instagram.Secret the token's text
---@param options instagram.AppOptions? of the app that is made for it: flavour,
--- version, base_url, timeout, ...
---@return instagram.Client
function instagram.open(secret, options)
  check.argument(secret, "secret", "open", "secret")
  if options ~= nil then check.argument(options, "options", "open", "table") end
  local bare = app.new(options or {})
  return bare:client(bare:token { secret = secret })
end

--- Where a secret or key comes from without ever becoming a Lua string.
instagram.secret = {
  --- The contents of a file, without the line end.
  ---@param path string
  ---@return instagram.Secret? secret
  ---@return string? message
  ---@return instagram.Error? err
  file = function(path)
    check.argument(path, "path", "secret.file", "text")
    return check.relay(core.secret_file, path)
  end,
  --- The value of an environment variable.
  ---@param name string
  ---@return instagram.Secret? secret
  ---@return string? message
  ---@return instagram.Error? err
  env = function(name)
    check.argument(name, "name", "secret.env", "text")
    return check.relay(core.secret_env, name)
  end,
  --- What a file descriptor has to read, to its end.
  ---@param number integer
  ---@return instagram.Secret? secret
  ---@return string? message
  ---@return instagram.Error? err
  fd = function(number)
    check.argument(number, "number", "secret.fd", "retries")
    return check.relay(core.secret_fd, number)
  end,
}

--- Where accounts live: store.file, store.memory, store.redis, store.ngx_shared.
instagram.store = require "instagram.store"

--- A new random key of 32 bytes, for token:seal; key:save(path) keeps it.
---@return instagram.Secret
function instagram.new_key()
  return core.new_key()
end

--- The engine of this Lua state, which moves all transfers; made at first use. A
--- host's own loop watches its descriptor (pollfd) and moves everything with `update`:
--- a step of the engine alone moves transfers, but no task.
---@param options { pollfd: boolean? }? pollfd = false: do without a descriptor; counts
--- before the first use only
---@return instagram.core.Engine
function instagram.engine(options)
  return check.relay(core.engine, options)
end

--- Is everything that held a secret wiped, curl's memory too? False when another user
--- of curl in this process initialised it first.
---@return boolean
function instagram.wipes()
  return core.wipes()
end

--- Is this an error object of this module?
---@param value any
---@return boolean
function instagram.is_error(value)
  return errors.is_error(value)
end

instagram.spawn = wait.spawn
instagram.update = tasks.update
instagram.timeout = tasks.timeout
instagram.run = tasks.run
instagram.map = map
instagram.sleep = wait.sleep
instagram.use = wait.use

return instagram
