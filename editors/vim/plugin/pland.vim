" Plans in Vim, through ALE: problems and conflicts as ALE's, :Pland for every verb. See ../../vim.md.
if exists('g:loaded_pland') || !has('job') || !has('channel')
  finish
endif
let g:loaded_pland = 1

if !exists('g:pland_executable')
  let g:pland_executable = 'pland'
endif

augroup pland
  autocmd!
  autocmd FileType * call pland#attach()
  autocmd User ALELSPStarted call pland#server#watch()
augroup END

command! -nargs=+ -complete=customlist,pland#complete Pland call pland#command(<f-args>)
