-- Runs before a script taken from the README: starts the sandbox and lets the script's
-- own lines reach it unchanged. Where they name an app or a token of the reader's, the
-- sandbox's stand in; an app that names its address already is left alone.
local instagram = require "instagram"
local sandbox = assert(require("instagram.sandbox").start {})

local DEFAULT = "instagram_login"
local environment = {
  INSTAGRAM_TOKEN = sandbox:generate_token("demo_user", DEFAULT),
}

-- The reader's settings are the sandbox's.
local function stand_in(opts)
  local out = {}
  for key, value in pairs(opts or {}) do out[key] = value end
  if not out.base_url then
    for key, value in pairs(sandbox:credentials(out.flavour or DEFAULT)) do
      out[key] = value
    end
  end
  return out
end

local app, open = instagram.app, instagram.open
function instagram.app(opts) return app(stand_in(opts)) end
function instagram.open(token, opts) return open(token, stand_in(opts)) end

local getenv = os.getenv -- luacheck: ignore 122
function os.getenv(name) -- luacheck: ignore
  return environment[name] or getenv(name)
end

-- What a script needs from outside.
README = { sandbox = sandbox } -- luacheck: ignore 111
