-- The sandbox's errors against those the real hosts answered with.
local cjson = require "cjson"
local recordings = require "spec.support.recordings"
local shape = require "spec.support.json_shape"
local wire = require "spec.support.sandbox_http"

local recorded, epoch_of = recordings.read, recordings.epoch_of

describe("the sandbox answers as recorded:", function()
  local sandbox

  setup(function() sandbox = require("instagram.sandbox").start() end)
  teardown(function() sandbox:stop() end)
  before_each(function() recordings.renew(sandbox) end)
  -- A token of a demo account at the moment; long-lived.
  local function token_of(user, flavour)
    return sandbox:generate_token(user or "demo_user", flavour or "basic_display")
  end

  local function check_error_body(wanted, answer)
    local node = shape.read(answer.body)
    assert.same({ "error" }, node.names)
    local error, trace = node.members.error, answer:header "X-FB-Request-ID"
    local body = cjson.new().decode(answer.body).error
    for name, value in pairs(wanted) do
      if name ~= "fbtrace_id" then assert.equal(value, body[name], name) end
    end
    for _, name in ipairs(error.names) do
      assert.is_true(wanted[name] ~= nil or name == "fbtrace_id", name)
    end
    assert.equal(trace, body.fbtrace_id)
    assert.equal(23, #trace)
    return error
  end

  describe("errors:", function()
    -- California's time of an error text, as epoch.
    local function pacific(day, month, year, clock, hours)
      return epoch_of(("%d %s 20%d %s"):format(day, month, year, clock)) + hours * 3600
    end

    local cases = {
      ["err__1.json"] = function()
        return wire.get(sandbox, "/me/media", { access_token = wire.short_token(sandbox,
          "basic_display", "demo_user", { permissions = { "user_profile" } }) })
      end,
      ["err__2.json"] = function()
        local token = token_of()
        sandbox:control("update_user", { username = "demo_user", tester = false })
        local answer = wire.get(sandbox, "/me", { access_token = token })
        sandbox:control("update_user", { username = "demo_user", tester = true })
        return answer
      end,
      ["err__3.json"] = function()
        local token = token_of()
        sandbox:control("update_user", { username = "demo_user",
          password_changed = true })
        return wire.get(sandbox, "/me", { access_token = token })
      end,
      ["exchange_sl_access_token_for_ll_access_token_err__400.json"] = function()
        sandbox:set_clock(pacific(28, "Sep", 21, "01:10:00", 7))
        local token = wire.short_token(sandbox, "basic_display")
        sandbox:set_clock(pacific(8, "Oct", 21, "23:50:19", 7))
        return wire.exchange(sandbox, "basic_display", token)
      end,
      ["me_err__400.json"] = function()
        sandbox:set_clock(pacific(26, "Oct", 22, "19:00:00", 7))
        local token = wire.short_token(sandbox, "basic_display")
        sandbox:set_clock(pacific(26, "Oct", 22, "21:51:57", 7))
        return wire.get(sandbox, "/me", { access_token = token })
      end,
      ["solrevdev IGApiException.json"] = function()
        return wire.get(sandbox, "/3518610791", { access_token = token_of() })
      end,
      ["solrevdev OAuthException.json"] = function()
        sandbox:set_clock(pacific(13, "Mar", 20, "20:59:59", 7))
        local token = wire.short_token(sandbox, "basic_display")
        sandbox:set_clock(pacific(14, "Mar", 20, "04:25:10", 7))
        return wire.get(sandbox, "/me", { access_token = token })
      end,
    }

    for i, case in ipairs(recorded("bd_errors").data) do
      it(case.from, function()
        local answer = assert(cases[case.from], "a recording without a case")()
        assert.equal(case.status, answer.status)
        local error = check_error_body(case.body.error, answer)
        local wanted = recorded("bd_errors").node[i].members.body.members.error
        assert.equal(shape.members(wanted), shape.members(error))
      end)
    end

    local function igl(path, params, method)
      params = params or {}
      params.access_token = token_of("demo_user", "instagram_login")
      return wire.request(sandbox, { path = path, query = params, method = method })
    end

    local igl_cases = {
      ["Unsupported request - method type: get"] = function()
        local token = token_of("demo_user", "instagram_login")
        sandbox:control("update_user", { username = "demo_user", tester = false })
        local answer = wire.get(sandbox, "/me", { access_token = token })
        sandbox:control("update_user", { username = "demo_user", tester = true })
        return answer
      end,
      ["Unsupported request - method type: post"] = function()
        return igl("/v23.0/me/subscribed_apps", nil, "POST")
      end,
      ["API access blocked."] = function()
        sandbox:control("settings", { refuse_all = "blocked" })
        return igl("/me")
      end,
      ["Application does not have permission for this action"] = function()
        return igl("/debug_token")
      end,
      ["Tried accessing nonexisting field (unread_count)"] = function()
        return igl("/me", { fields = "id,unread_count" })
      end,
      ["Object with ID 'sample_handle' does not exist, cannot be loaded due to missing "
        .. "permissions, or does not support this operation"] = function()
        return igl("/sample_handle")
      end,
      -- of publishing, which is not served: the same words about another parameter
      ["The parameter video_url is required"] = function()
        local answer = igl("/access_token")
        answer.body = answer.body:gsub("grant_type", "video_url")
        return answer
      end,
    }

    for _, case in ipairs(recorded("igl_errors").data) do
      local wanted = case.body or cjson.new().decode(case.body_raw)
      it(wanted.error.message:sub(1, 60), function()
        local answer = assert(igl_cases[wanted.error.message], "no case")()
        if type(case.status) == "number" then
          assert.equal(case.status, answer.status)
        end
        check_error_body(wanted.error, answer)
      end)
    end
  end)
end)
