-- Edits specs/cart.slo as somebody would, and writes what was seen to `seen`.
local seen = assert(io.open("seen", "w"))

local function say(what, text)
  seen:write(what .. ": " .. text .. "\n")
  seen:flush()
end

local function wait(what, holds)
  if not vim.wait(120000, holds, 20) then
    say("waited in vain for", what)
    vim.cmd("qall!")
  end
end

-- The line that reads the total, as it is now.
local function line()
  return vim.trim(vim.api.nvim_buf_get_lines(0, 7, 8, true)[1])
end

vim.cmd("edit specs/cart.slo")
local id = vim.lsp.start_client({ name = "sloc", cmd = { vim.env.SLOC, "lsp" }, root_dir = vim.fn.getcwd() })
vim.lsp.buf_attach_client(0, id)

local function wrong()
  return vim.tbl_filter(function(d)
    return d.message:find("there is no metric", 1, true)
  end, vim.diagnostic.get(0))
end

wait("a diagnostic", function() return #wrong() > 0 end)
say("diagnostic", vim.split(wrong()[1].message, "\n")[1])

-- Behind `ha`.
vim.api.nvim_win_set_cursor(0, { 8, #vim.api.nvim_buf_get_lines(0, 7, 8, true)[1] - 1 })
local params = vim.lsp.util.make_position_params()
local answers = vim.lsp.buf_request_sync(0, "textDocument/completion", params, 120000)
local item = vim.tbl_filter(function(i) return i.label:find("^ha") end, answers[id].result.items)[1]
say("label", item.label)
vim.lsp.util.apply_text_edits({ item.textEdit }, 0, "utf-16")
say("after", line())

vim.cmd([[7s/totl/total/ | 8s/handler/handler=\~".+"/]])
say("mended", line())
wait("no diagnostic", function() return #vim.diagnostic.get(0) == 0 end)
say("diagnostics", tostring(#vim.diagnostic.get(0)))

if vim.lsp.buf.format then
  vim.lsp.buf.format({ timeout_ms = 120000 })
else
  vim.lsp.buf.formatting_sync({}, 120000)
end
say("formatted", line())
seen:close()
vim.cmd("qall!")
