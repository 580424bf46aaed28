--- The rules' entry in the host's own state: every request comes in here, and every
--- control call. Knows who answers which path; what is answered is said elsewhere.

local native = require "instagram.sandbox.native"
local context = require "instagram.sandbox.context"
local control = require "instagram.sandbox.control"
local errors = require "instagram.sandbox.errors"
local exchange = require "instagram.sandbox.exchange"
local faults = require "instagram.sandbox.faults"
local graph = require "instagram.sandbox.graph"
local json = require "instagram.sandbox.json"
local media = require "instagram.sandbox.media"
local oauth = require "instagram.sandbox.oauth"
local read_json = require "instagram.sandbox.json_read"
local respond = require "instagram.sandbox.respond"
local seed = require "instagram.sandbox.seed"
local worlds = require "instagram.sandbox.world"

local rules = {}

local world

--- Makes the world; called once by the host.
---@param options_text string  JSON: db, data, now, strict, public_url, data_dir
---@param url string  where the host listens
function rules.start(options_text, url)
  local options, problem = read_json(options_text)
  if not options then return nil, "options: " .. problem end
  local ok, result = pcall(function()
    world = worlds.new(native, options, url)
    seed.fill(world, options)
  end)
  if ok then return true end
  if type(result) == "table" and result.misuse then return nil, result.misuse end
  error(result, 0)
end

-- --- who answers --------------------------------------------------------------------

-- What refuses a shape of refusal, and a status that a setting may change.
local status_setting = { not_an_id = "username_status", unknown_path = "path_status",
  syntax = "syntax_status" }

local function refuse(ctx, refusal)
  local setting = status_setting[refusal.name]
  if setting then refusal.status = ctx.world.settings[setting] end
  ctx.entry.refused = refusal.name
  ctx.entry.reason = refusal.reason
  if refusal.shape == "flat" then return respond.flat_error(ctx, refusal) end
  if refusal.shape == "window" then return oauth.refusal(ctx, refusal) end
  return respond.graph_error(ctx, refusal)
end

local function token_host(ctx)
  if ctx.method ~= "POST" then -- invented: the real answer to GET is not recorded
    errors.refuse("missing_field", "the token call is a POST", "client_id")
  end
  return exchange.code(ctx)
end

local function responder(path)
  if path:find("^/oauth/authorize/?$") then return oauth.answer end
  if path:find("^/oauth/access_token/?$") then return token_host end
  if path:find("^/v/t%d") then return media.answer end
  return graph.answer
end

-- Which shape a fault's refusal takes where no rule was asked.
local function refuse_for_fault(ctx)
  return function(refusal)
    if ctx.request.path:find("^/oauth/") then refusal.shape = "flat" end
    return refuse(ctx, refusal)
  end
end

local function answer(ctx)
  local ok, result = pcall(responder(ctx.request.path), ctx)
  if ok then return result end
  if errors.is(result) then return refuse(ctx, result) end
  if type(result) == "table" and result.misuse then
    return respond.control(400, json.object("error", result.misuse))
  end
  error(result, 0)
end

local function answer_with_faults(ctx)
  local fault = ctx.world.faults:take(ctx.method, ctx.request.path)
  if not fault then return answer(ctx) end
  ctx.entry.fault = fault.kind
  local response = faults.instead(fault, refuse_for_fault(ctx)) or answer(ctx)
  faults.on_wire(fault, response)
  return response
end

--- Answers one HTTP request.
function rules.handle(request)
  if request.path:find("^/_sandbox/") then return control.answer(world, request) end
  local ctx = context.new(world, request)
  local response = answer_with_faults(ctx)
  ctx.entry.status = response.status
  world.journal:add(ctx.entry, world.settings.journal_size)
  return response
end

--- Runs one control call: JSON {"name":..., "args":{...}} to JSON {"ok":...} or
--- {"error":...}.
function rules.control(text)
  return control.call(world, text)
end

return rules
