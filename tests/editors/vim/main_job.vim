" The main job in Vim with ALE: spawn, see the conflict, resolve it by ALE's code action, apply, undo, roll back.
" Run by run.sh. Results go to a file: -es has no screen.
set nocompatible nomore hidden
execute 'set rtp^=' . fnameescape($ALE)
execute 'set rtp^=' . fnameescape($PLUGIN)
filetype plugin on
let g:ale_lint_delay = 0
let g:ale_linters_explicit = 1
let g:ale_virtualtext_cursor = 0
let s:passed = 0
let s:failed = 0
let s:lines = []

function! s:check(holds, name, ...) abort
  if a:holds
    let s:passed += 1
  else
    let s:failed += 1
  endif
  call add(s:lines, (a:holds ? 'ok   ' : 'FAIL ') . a:name . (a:holds || !a:0 ? '' : ': ' . string(a:1)))
  if !a:holds
    throw 'stopped: the steps behind this one need it'
  endif
endfunction

function! s:eventually(name, Condition) abort
  let l:start = reltime()
  while reltimefloat(reltime(l:start)) < 40
    if a:Condition()
      return s:check(1, a:name)
    endif
    sleep 20m
  endwhile
  call s:check(0, a:name, {'messages': execute('messages'), 'loclist': s:problems()})
endfunction

" Processes of the servers that run.
function! s:servers() abort
  return map(filter(job_info(), 'job_status(v:val) ==# "run"'), 'job_info(v:val).process')
endfunction

" What ALE shows for this buffer from us.
function! s:problems() abort
  return filter(copy(get(get(g:ale_buffer_info, bufnr('%'), {}), 'loclist', [])), 'v:val.linter_name ==# "pland"')
endfunction

" Waits for the answer of a request.
function! s:ask(verb, params) abort
  let l:answer = {}
  call pland#request(a:verb, a:params, {result, failure -> extend(l:answer, {'result': result, 'failure': failure})})
  call s:eventually('pland/' . a:verb . ' answers', {-> !empty(l:answer)})
  return l:answer
endfunction

function! s:write(verb, params) abort
  let l:answer = {}
  call pland#write(a:verb, a:params, {result, failure -> extend(l:answer, {'result': result, 'failure': failure})})
  call s:eventually('pland/' . a:verb . ' answers', {-> !empty(l:answer)})
  return l:answer
endfunction

function! s:open(name) abort
  execute 'edit' fnameescape($REPO . '/' . a:name)
  " A Vim without a screen fires no events of ALE's timers.
  call ale#Queue(0, 'lint_file')
endfunction

let s:wanted = ''
function! s:is_state(wanted) abort
  let l:answer = {}
  call pland#request('status', {}, {result, failure -> extend(l:answer, {'result': result})})
  let l:start = reltime()
  while empty(l:answer) && reltimefloat(reltime(l:start)) < 5
    sleep 10m
  endwhile
  let l:plans = filter(get(get(l:answer, 'result', {}), 'plans', []), 'empty(s:wanted) || v:val.planId ==# s:wanted')
  let s:plan = empty(l:plans) ? {} : l:plans[0]
  return get(s:plan, 'state', '') ==# a:wanted
endfunction

" A person who picks the code action that has the text in it.
function! s:pick(text) abort
  let s:picked = a:text
  let s:menu = ''
endfunction
function! s:input(message, value, ...) abort
  let s:menu = a:message
  for l:line in split(a:message, "\n")
    if l:line =~? s:picked
      return matchstr(l:line, '^\d\+')
    endif
  endfor
  return ''
endfunction

function! s:main() abort
  runtime plugin/ale.vim
  runtime plugin/pland.vim
  call s:open('greeting.plan.yaml')
  call s:check(&filetype ==# 'yaml', 'a plan file is YAML', &filetype)
  Pland spawn
  call s:eventually('the plan comes to its end', {-> s:is_state('errored')})
  call s:open('greet.txt')
  call s:eventually('the conflict is shown in the source file', {-> len(s:problems()) == 1})
  call s:check(s:problems()[0].lnum == 2, 'on the line that both changed', s:problems())
  call s:check(s:problems()[0].type ==# 'E', 'as an error')

  call append(0, 'typed by hand')
  call ale#Queue(0)
  call s:eventually('the conflict moves with the text', {-> len(s:problems()) == 1 && s:problems()[0].lnum == 3})
  silent write

  " The server is killed: it comes back by itself, and the state is there.
  let l:pids = s:servers()
  call s:check(len(l:pids) == 1, 'one server runs', l:pids)
  call append(0, 'typed before')
  call system('kill -9 ' . l:pids[0])
  call s:eventually('another server is there, and only that', {-> len(s:servers()) == 1 && s:servers() !=# l:pids})
  call s:check(!isdirectory('/proc/' . l:pids[0]), 'no zombie is left')
  call s:check(execute('messages') =~# 'ended and is started again', 'the person is told', execute('messages'))
  call s:eventually('the conflict is shown by itself, once, where it is now', {-> len(s:problems()) == 1 && s:problems()[0].lnum == 4})
  silent 1delete _
  call s:eventually('the plan is known again', {-> s:is_state('errored')})
  call append(0, 'typed after that')
  call ale#Queue(0)
  call s:eventually('the conflict is shown once, where it is now', {-> len(s:problems()) == 1 && s:problems()[0].lnum == 4})
  silent write

  call cursor(4, 1)
  runtime autoload/ale/util.vim
  execute 'function! ale#util#Input(message, value, ...) abort' . "\n" . 'return ' . s:sid() . 'input(a:message, a:value)' . "\nendfunction"
  call s:pick('theirs')
  ALECodeAction
  call s:eventually('the conflict goes when a side is taken', {-> empty(s:problems())})
  call s:check(s:menu =~? 'ours' && s:menu =~? 'both', 'the other sides were offered', s:menu)
  call s:eventually('the plan is complete', {-> s:is_state('complete')})

  call setline(1, 'typed and not saved')
  let l:refused = s:write('apply', {})
  call s:check(l:refused.failure =~# 'save first.*greet.txt', 'what is not saved is in the way of apply', l:refused)
  silent write
  let l:applied = s:write('apply', {})
  call s:check(empty(l:applied.failure) && len(l:applied.result.files) == 3, 'apply says what it wrote', l:applied)
  call s:check(getline(1, '$') ==# ['typed and not saved', 'typed by hand', 'first line', 'second line 😀 says hi', 'third line'], 'the buffer has the result', getline(1, '$'))
  call s:check(readfile($REPO . '/list.txt') ==# ['alpha', 'beta of polite', 'gamma', 'delta', 'epsilon', 'zeta of casual', 'eta'], 'and the file that is not open')
  call s:check(!filereadable($REPO . '/old.txt'), 'the file that the plan deletes is gone')

  let l:undone = s:write('undo', {})
  call s:check(empty(l:undone.failure), 'undo takes it back', l:undone)
  call s:check(getline(4) =~# 'says hello' && filereadable($REPO . '/old.txt'), 'everything is as before', getline(1, '$'))

  let l:again = s:ask('spawn', {'uri': ale#util#ToURI($REPO . '/greeting.plan.yaml'), 'replace': v:true})
  call s:check(empty(l:again.failure), 'the plan can be spawned again', l:again)
  let s:wanted = l:again.result.planId
  call s:eventually('it comes to its end', {-> s:is_state('errored')})
  let l:points = s:ask('checkpoints', {'planId': s:plan.planId}).result.checkpoints
  let l:where = {'planId': s:plan.planId, 'checkpointId': l:points[0].checkpointId}
  let l:dry = s:ask('rollback', extend({'dryRun': v:true}, l:where))
  call s:check(empty(l:dry.failure) && has_key(l:dry.result.data, 'rollback_summary'), 'a dry run says what it would do', l:dry)
  let l:back = s:ask('rollback', extend({'confirmed': v:true}, l:where))
  call s:check(empty(l:back.failure) && l:back.result.status ==# 'ok', 'with consent it is done', l:back)
  call s:eventually('the plan waits for somebody to go on', {-> s:is_state('queued')})

  call ale#lsp#StopAll()
  call s:eventually('the server ends', {-> empty(filter(job_info(), 'job_status(v:val) ==# "run"'))})
endfunction

function! s:sid() abort
  return matchstr(expand('<sfile>'), '<SNR>\d\+_')
endfunction

try
  call s:main()
catch
  if v:exception !~# '^stopped'
    let s:failed += 1
    call add(s:lines, 'FAIL ' . v:exception . ' at ' . v:throwpoint)
  endif
endtry
call add(s:lines, s:passed . ' passed, ' . s:failed . ' failed')
call writefile(s:lines, $RESULT)
execute (s:failed ? 1 : 0) . 'cquit'
