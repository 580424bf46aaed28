--- The rules' entry in the host's own state: every request comes in here, and every
--- control call. Knows who answers which path; what is answered is said elsewhere.

local native = require "instagram.sandbox.native"
local callbacks = require "instagram.sandbox.callbacks"
local context = require "instagram.sandbox.context"
local control = require "instagram.sandbox.control"
local errors = require "instagram.sandbox.errors"
local exchange = require "instagram.sandbox.exchange"
local graph = require "instagram.sandbox.graph"
local hosts = require "instagram.sandbox.hosts"
local imports = require "instagram.sandbox.imports"
local media = require "instagram.sandbox.media"
local mishaps = require "instagram.sandbox.mishaps"
local page = require "instagram.sandbox.pages.page"
local pages = require "instagram.sandbox.pages"
local read_json = require "instagram.sandbox.json_read"
local respond = require "instagram.sandbox.respond"
local seed = require "instagram.sandbox.seed"
local window = require "instagram.sandbox.pages.window"
local worlds = require "instagram.sandbox.world"

local rules = {}

local world

--- Makes the world; called once by the host.
---@param options_text string  JSON: see world.lua, seed.lua, imports.lua
---@param url string  where the host listens
function rules.start(options_text, url)
  local options, problem = read_json(options_text)
  if type(options) ~= "table" then
    return nil, "options: " .. (problem or "a JSON object expected")
  end
  local ok, result = pcall(function()
    world = worlds.new(native, options, url)
    seed.fill(world, options)
    imports.at_start(world, options)
  end)
  if ok then return true end
  if type(result) == "table" and result.misuse then return nil, result.misuse end
  error(result, 0)
end

-- --- who answers --------------------------------------------------------------------

-- Refusals whose status a setting may change.
local status_setting = { not_an_id = "username_status", unknown_path = "path_status",
  syntax = "syntax_status" }

local function refuse(ctx, refusal)
  ctx.entry.refused = refusal.name
  ctx.entry.reason = refusal.reason
  if refusal.shape == "flat" then return respond.flat_error(ctx, refusal) end
  if refusal.shape == "window" then return window.refusal(ctx, refusal) end
  if refusal.shape == "text" then
    return respond.text(ctx, refusal.status, refusal.message)
  end
  if refusal.shape == "page" then
    return page.problem(ctx, refusal.status, refusal.message)
  end
  return respond.graph_error(ctx, refusal)
end

local function token_host(ctx)
  if ctx.method ~= "POST" then -- invented: the real answer to GET is not recorded
    errors.refuse("missing_field", "the token call is a POST", "client_id")
  end
  return exchange.code(ctx)
end

local responders = { window = window.answer, code = token_host, file = media.answer,
  graph = graph.answer }

-- A refusal that a fault ordered, in the shape of the host it is asked of.
local function refuse_for_fault(ctx, fault)
  return function(refusal)
    local kind = hosts.kind(ctx.request.path)
    if refusal.name == "wrong_host" then
      refusal = hosts.ordered(ctx, refusal.reason)
      refusal.status = fault.status or refusal.status
    elseif kind == "file" then
      refusal.shape = "text"
    elseif refusal.shape == "graph" and kind ~= "graph" then
      refusal.shape = "flat"
    end
    return refuse(ctx, refusal)
  end
end

-- Refusals stay what they are; a mistake of the rules tells where it was made.
local function trace(problem)
  if type(problem) == "table" then return problem end
  return debug.traceback(tostring(problem), 2)
end

local function answer(ctx)
  local kind = hosts.kind(ctx.request.path)
  local ok, result = xpcall(function()
    hosts.check(ctx, kind)
    return responders[kind](ctx)
  end, trace)
  if ok then return result end
  if not errors.is(result) then error(result, 0) end
  local setting = status_setting[result.name]
  if setting then result.status = ctx.world.settings[setting] end
  return refuse(ctx, result)
end

local function answer_with_faults(ctx)
  local fault = world.faults:take(ctx.request, ctx.now)
  if not fault then return answer(ctx) end
  ctx.entry.fault = fault.kind
  local response = mishaps.instead(fault, ctx, refuse_for_fault(ctx, fault))
    or mishaps.around(fault, ctx, answer)
  mishaps.on_wire(fault, ctx, response)
  return response
end

-- A page, and a line in the journal when lenient mode had to forgive its host.
local function page_answer(request, module, rest)
  local ctx = context.new(world, request)
  local response = pages.answer(ctx, module, rest)
  if not module.part and hosts.forgives_page(ctx) then
    ctx.entry.status = response.status
    world.journal:add(ctx.entry, world.settings.journal_size)
  end
  return response
end

-- Control calls and pages: outside the journal, spared by faults.
local function own_answer(request)
  if request.path:find("^/_sandbox/") then
    return function() return control.answer(world, request) end
  end
  local module, rest = pages.find(world, request)
  if not module then return nil end
  return function() return page_answer(request, module, rest) end
end

-- Runs `fn` as one change; when that is kept, apps are told of it.
local function as_one(fn)
  local result = world:as_one(fn)
  callbacks.send_due(world)
  return result
end

--- Answers one HTTP request. What it changed is kept when this returns: an answer never
--- leaves before.
function rules.handle(request)
  local own = own_answer(request)
  if own then return as_one(own) end
  local ctx = context.new(world, request)
  local ok, response = pcall(as_one, function() return answer_with_faults(ctx) end)
  ctx.entry.status = ok and response.status or 500
  if not ok then ctx.entry.reason = "the sandbox itself failed" end
  world.journal:add(ctx.entry, world.settings.journal_size)
  if not ok then error(response, 0) end
  return response
end

--- What goes wrong with the TLS of a connection: "close", "alert", "garbage", "stall",
--- "expired", "wrong_host", "untrusted", or nil when nothing does. The journal says so.
---@param host string  the name the client asks for, "" when it tells none
function rules.handshake(host)
  local now = world.clock:now()
  local how = world.faults:handshake(host, now)
  if how then
    world.journal:add({ time = now, method = "TLS", path = host, query = "",
      fault = "tls", reason = how }, world.settings.journal_size)
  end
  return how
end

--- Runs one control call: JSON {"name":..., "args":{...}} to JSON {"ok":...} or
--- {"error":...}.
function rules.control(text)
  local result, problem
  as_one(function() result, problem = control.call(world, text) end)
  return result, problem
end

--- Takes down what came of a callback (see callbacks.lua); called by the host's thread
--- that sends them, under the same lock as requests.
function rules.posted(outcome)
  as_one(function() callbacks.posted(world, outcome) end)
end

return rules
