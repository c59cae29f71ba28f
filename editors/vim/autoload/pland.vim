" Plans through ALE: one linter for every file type of a project with a plan file, and requests of our own.

let s:verbs = ['apply', 'cancel', 'checkpoint', 'checkpoints', 'conflicts', 'diff', 'log', 'resolve', 'retry',
      \ 'rollback', 'spawn', 'status', 'undo', 'use']
let s:known = {}

function! pland#complete(lead, line, at) abort
  return filter(copy(s:verbs), 'v:val[: len(a:lead) - 1] ==# a:lead || empty(a:lead)')
endfunction

" The folder that the server for a buffer is started for: its repository, or its own.
function! pland#root(buffer) abort
  let l:file = resolve(fnamemodify(bufname(a:buffer), ':p'))
  let l:git = finddir('.git', escape(fnamemodify(l:file, ':h'), ' ;,') . ';')
  return empty(l:git) ? fnamemodify(l:file, ':h') : fnamemodify(l:git, ':p:h:h')
endfunction

function! s:has_plan(root) abort
  for l:pattern in ['*.plan.yaml', '*.plan.yml', '*.plan.json', 'plans/*.plan.yaml']
    if !empty(globpath(escape(a:root, ',*?[{`$\'), l:pattern, 1, 1))
      return 1
    endif
  endfor
  return 0
endfunction

" Makes ALE send this buffer to the server, beside whatever it does with it.
function! pland#attach() abort
  if !empty(&buftype) || empty(bufname('%')) || !executable(g:pland_executable)
    return
  endif
  if !pland#is_plan(bufname('%')) && !s:has_plan(pland#root(bufnr('%')))
    return
  endif
  if empty(&filetype)
    return
  endif
  let l:type = &filetype
  if !has_key(s:known, l:type)
    call ale#linter#Define(l:type, {
          \ 'name': 'pland',
          \ 'lsp': 'stdio',
          \ 'executable': {b -> g:pland_executable},
          \ 'command': '%e',
          \ 'language': l:type,
          \ 'project_root': function('pland#root'),
          \})
    let s:known[l:type] = 1
  endif
  " Where the person names the linters, ours is one more.
  let l:named = get(b:, 'ale_linters', get(g:, 'ale_linters', {}))
  if type(l:named) == v:t_list
    let b:ale_linters = uniq(sort(l:named + ['pland']))
  elseif has_key(l:named, l:type) && type(l:named[l:type]) == v:t_list
    let b:ale_linters = {l:type: uniq(sort(l:named[l:type] + ['pland']))}
  elseif get(g:, 'ale_linters_explicit', 0)
    let b:ale_linters = {l:type: ['pland']}
  endif
endfunction

function! pland#is_plan(name) abort
  return a:name =~# '\.plan\.\(ya\?ml\|json\)$'
endfunction

function! s:say(text) abort
  echomsg 'pland: ' . a:text
endfunction

" A buffer of this project that ALE sends to the server; the current one where that can be.
function! s:buffer() abort
  for l:buffer in [bufnr('%')] + filter(range(1, bufnr('$')), 'buflisted(v:val)')
    if has_key(s:known, getbufvar(l:buffer, '&filetype'))
      return l:buffer
    endif
  endfor
  return 0
endfunction

function! s:answer(done, response) abort
  if has_key(a:response, 'error')
    call s:say(a:response.error.message)
    call call(a:done, [v:null, a:response.error.message])
  else
    call call(a:done, [get(a:response, 'result', v:null), ''])
  endif
endfunction

" Sends a verb; done is called with the answer and a failure, of which one is empty.
function! pland#request(verb, params, done) abort
  let l:buffer = s:buffer()
  if !l:buffer
    call s:say('no file of a project with a plan is open')
    return
  endif
  let l:params = empty(a:params) ? {} : a:params
  call ale#lsp_linter#SendRequest(l:buffer, 'pland', [0, 'pland/' . a:verb, l:params], function('s:answer', [a:done]))
endfunction

function! s:show(name, text, type) abort
  execute 'silent botright new'
  setlocal buftype=nofile bufhidden=wipe noswapfile
  execute 'silent file' fnameescape('pland://' . a:name)
  call setline(1, split(a:text, "\n"))
  setlocal nomodifiable
  let &l:filetype = a:type
endfunction

function! s:uri(file) abort
  return ale#util#ToURI(resolve(fnamemodify(a:file, ':p')))
endfunction

" Conflicts as a quickfix list.
function! s:quickfix(conflicts) abort
  let l:items = []
  for l:conflict in a:conflicts
    for l:hunk in empty(l:conflict.hunks) ? [{}] : l:conflict.hunks
      call add(l:items, {
            \ 'filename': ale#util#ToResource(l:conflict.uri),
            \ 'lnum': empty(l:hunk) ? 1 : l:hunk.base.lines.start + 1,
            \ 'text': l:conflict.ours . ' and ' . l:conflict.theirs . ' (:Pland resolve ' . l:conflict.conflictId . ' SIDE)',
            \ 'type': 'E'})
    endfor
  endfor
  call setqflist([], ' ', {'title': 'pland conflicts', 'items': l:items})
  if empty(l:items)
    call s:say('no open conflict')
  else
    copen
  endif
endfunction

function! s:showing(verb, result, failure) abort
  if !empty(a:failure)
    return
  endif
  if a:verb ==# 'conflicts'
    call s:quickfix(filter(copy(a:result.conflicts), 'v:val.state ==# "open"'))
  elseif a:verb ==# 'diff'
    call s:show('diff', a:result.patch, 'diff')
  elseif a:verb ==# 'log'
    call s:show('log', a:result.text, '')
  elseif a:verb ==# 'status'
    let l:lines = []
    for l:plan in has_key(a:result, 'plans') ? a:result.plans : [a:result]
      call add(l:lines, l:plan.name . '  ' . l:plan.state . '  ' . l:plan.planId)
      for l:subplan in l:plan.subplans
        call add(l:lines, '    ' . l:subplan.name . '  ' . l:subplan.state . '  ' . l:subplan.subplanId)
      endfor
    endfor
    call s:show('plans', join(l:lines, "\n"), '')
  elseif a:verb ==# 'checkpoints'
    call s:show('checkpoints', join(map(copy(a:result.checkpoints),
          \ 'v:val.checkpointId . "  " . v:val.createdAt . "  " . v:val.label . "  (plan " . v:val.planId . ")"'), "\n"), '')
  elseif a:verb ==# 'resolve'
    call s:say('resolved ' . a:result.path . ', ' . a:result.open . ' left')
  elseif a:verb ==# 'spawn' || a:verb ==# 'use'
    call s:say(len(a:result.children) . ' subplans; your files stay as they are until :Pland apply')
  else
    call s:say(a:verb . ': done')
  endif
endfunction

" Has ALE send a buffer to the server anew.
function! pland#look(buffer) abort
  if bufloaded(a:buffer) && has_key(s:known, getbufvar(a:buffer, '&filetype'))
    call ale#engine#RunLinters(a:buffer, ale#linter#Get(getbufvar(a:buffer, '&filetype')), 0)
  endif
endfunction

" --- what writes files: ALE takes no edits from a server, so the files are closed for it while they are written ---

function! s:wrote(buffers, Done, result, failure) abort
  let l:autoread = &autoread
  set autoread
  checktime
  let &autoread = l:autoread
  for l:buffer in a:buffers
    call pland#look(l:buffer)
  endfor
  if empty(a:failure)
    call s:say(len(a:result.files) . ' files changed')
  endif
  call call(a:Done, [a:result, a:failure])
endfunction

" Sends apply or undo with params. What is not saved is in the way: it is named and nothing is done.
function! pland#write(verb, params, Done) abort
  let l:root = pland#root(s:buffer())
  let l:buffers = filter(range(1, bufnr('$')), 'bufloaded(v:val) && empty(getbufvar(v:val, "&buftype")) && pland#root(v:val) ==# l:root')
  let l:unsaved = filter(copy(l:buffers), 'getbufvar(v:val, "&modified")')
  if !empty(l:unsaved)
    let l:text = 'save first (:wall): ' . join(map(l:unsaved, 'bufname(v:val)'), ', ')
    call s:say(l:text)
    call call(a:Done, [v:null, l:text])
    return
  endif
  for l:buffer in l:buffers
    call ale#lsp#CloseDocument(l:buffer)
  endfor
  " The request itself opens the buffer again that it goes through; a plan file is never written by its plan.
  call s:through_plan_file(l:root, [0, 'pland/' . a:verb, a:params],
        \ function('s:answer', [function('s:wrote', [l:buffers, a:Done])]))
endfunction

function! s:through_plan_file(root, message, Handler) abort
  for l:buffer in filter(range(1, bufnr('$')), 'bufloaded(v:val) && pland#is_plan(bufname(v:val))')
    if pland#root(l:buffer) ==# a:root
      return ale#lsp_linter#SendRequest(l:buffer, 'pland', a:message, a:Handler)
    endif
  endfor
  call s:say('open the plan file first')
  call a:Handler({'error': {'message': 'open the plan file first'}})
endfunction

" --- :Pland ---

function! s:rolled_back(params, result, failure) abort
  if !empty(a:failure)
    return
  endif
  let l:lines = map(copy(a:result.data.changes_reverted), 'v:val.action . " " . v:val.file')
  let l:question = "Roll the plan back to \"" . a:result.data.rollback_summary.label . "\"? Your files stay as they are.\n"
        \ . join(l:lines, "\n")
  if confirm(l:question, "&Yes\n&No", 2) == 1
    call pland#request('rollback', extend({'confirmed': v:true}, a:params), function('s:showing', ['rollback']))
  else
    call s:say('nothing was rolled back')
  endif
endfunction

function! s:ignore(...) abort
endfunction

" :Pland VERB [ARGUMENT...]: resolve CONFLICT SIDE, rollback PLAN CHECKPOINT, checkpoint LABEL, log SUBPLAN, and an
" optional plan or subplan for the others.
function! pland#command(verb, ...) abort
  if index(s:verbs, a:verb) < 0
    return s:say('no verb ' . a:verb . '; there are: ' . join(s:verbs, ' '))
  endif
  if a:verb ==# 'resolve'
    if a:0 != 2
      return s:say(':Pland resolve CONFLICT ours|theirs|both|base (:Pland conflicts lists them)')
    endif
    let l:params = {'conflictId': a:1, 'resolution': a:2}
  elseif a:verb ==# 'rollback'
    if a:0 != 2
      return s:say(':Pland rollback PLAN CHECKPOINT (:Pland checkpoints lists them)')
    endif
    let l:params = {'planId': a:1, 'checkpointId': a:2}
    return pland#request('rollback', extend({'dryRun': v:true}, l:params), function('s:rolled_back', [l:params]))
  elseif a:verb ==# 'checkpoint'
    let l:params = {'label': a:0 ? join(a:000, ' ') : 'by hand'}
  elseif a:verb ==# 'log' || (a:verb ==# 'retry' && a:0) || (a:verb ==# 'diff' && a:0)
    if !a:0
      return s:say(':Pland log SUBPLAN (:Pland status lists them)')
    endif
    let l:params = {'subplanId': a:1}
  elseif (a:verb ==# 'spawn' || a:verb ==# 'use') && !a:0 && pland#is_plan(bufname('%'))
    let l:params = {'uri': s:uri(bufname('%'))}
  else
    let l:params = a:0 ? {'planId': a:1} : {}
  endif
  if a:verb ==# 'apply' || a:verb ==# 'undo'
    return pland#write(a:verb, l:params, function('s:ignore'))
  endif
  call pland#request(a:verb, l:params, function('s:showing', [a:verb]))
endfunction
