#!/usr/bin/perl
# The person's other language server: says one thing about the first line of whatever is opened, and counts what it is
# told. Speaks just enough of the protocol for Emacs.
use strict;
use warnings;
$| = 1;
binmode STDIN;
binmode STDOUT;
my $opened = 0;

sub say_message {
  my ($json) = @_;
  print "Content-Length: " . length($json) . "\r\n\r\n" . $json;
}

while (1) {
  my $length;
  while (defined(my $line = <STDIN>)) {
    $line =~ s/\r?\n$//;
    last if $line eq '' && defined $length;
    $length = $1 if $line =~ /^Content-Length: (\d+)/i;
  }
  last unless defined $length;
  read(STDIN, my $body, $length) == $length or last;
  my ($id) = $body =~ /"id":(\d+|"[^"]*")/;
  my ($method) = $body =~ /"method":"([^"]*)"/;
  next unless defined $method;
  $method =~ s{\\/}{/}g;
  if ($method eq 'initialize') {
    say_message(qq({"jsonrpc":"2.0","id":$id,"result":{"capabilities":{"textDocumentSync":1,"codeActionProvider":true}}}));
  } elsif ($method eq 'textDocument/didOpen') {
    ++$opened;
    my ($uri) = $body =~ /"uri":"((?:[^"\\]|\\.)*)"/;
    say_message(qq({"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{"uri":"$uri","diagnostics":[)
        . qq({"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":3}},"severity":2,"source":"other",)
        . qq("message":"said by the other server, opened $opened"}]}}));
  } elsif ($method eq 'exit') {
    last;
  } elsif (defined $id) {
    say_message(qq({"jsonrpc":"2.0","id":$id,"result":null}));
  }
}
