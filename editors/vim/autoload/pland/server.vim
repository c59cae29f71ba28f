" A server that ends by itself is started again: ALE itself waits for the next change of a file.

let s:watched = {}
let s:ends = []
let s:most = 4
let s:window = 180

" ALE has started a server: hear of the end of ours.
function! pland#server#watch() abort
  for l:job in job_info()
    let l:info = job_info(l:job)
    let l:command = join(get(l:info, 'cmd', []))
    if l:info.status !=# 'run' || has_key(s:watched, l:info.process) || stridx(l:command, g:pland_executable) < 0
      continue
    endif
    let s:watched[l:info.process] = 1
    call job_setoptions(l:job, {'exit_cb': function('s:ended', [l:info.exit_cb, l:info.process])})
  endfor
endfunction

" Whether ALE holds a connection to that process.
function! s:is_connected(process) abort
  return !empty(filter(values(ale#lsp#GetConnections()), 'get(v:val, "job_id", 0) == a:process'))
endfunction

function! s:ended(Others, process, job, code) abort
  call remove(s:watched, a:process)
  " ALE forgets a connection before it ends its server.
  let l:by_itself = s:is_connected(a:process)
  call call(a:Others, [a:job, a:code])
  if !l:by_itself || get(v:, 'exiting', v:null) isnot v:null
    return
  endif
  let l:now = localtime()
  let s:ends = filter(s:ends, 'v:val > l:now - s:window') + [l:now]
  if len(s:ends) > s:most
    echomsg 'pland: the server ended ' . len(s:ends) . ' times within three minutes; it starts with the next change of a file'
    return
  endif
  echomsg 'pland: the server ended and is started again'
  call s:start_again(a:process)
endfunction

" Not before ALE has forgotten the old one, which it does when the last output is read: it would end the new one.
function! s:start_again(process, ...) abort
  if s:is_connected(a:process)
    return timer_start(20, function('s:start_again', [a:process]))
  endif
  for l:buffer in range(1, bufnr('$'))
    call pland#look(l:buffer)
  endfor
endfunction
