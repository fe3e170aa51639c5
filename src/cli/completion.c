/*
 * `inflight completion`: the scripts that teach shells to complete the tool's words. They
 * know nothing themselves: with each key they ask the tool, so that what is completed is
 * what this tool knows.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "cli/complete.h"
#include "cli/report.h"
#include "cli/show.h"
#include "cli/verb.h"

/*
 * bash breaks words at colons and equals signs too. They are put together again for the question,
 * and what stands before the last break is taken off the answers. A name is quoted, because bash
 * would run what is in it.
 */
static const char bash_script[] =
	"# Completes the words of inflight for bash; made by `inflight completion bash`.\n"
	"_inflight()\n"
	"{\n"
	"\tlocal rest=${COMP_LINE:0:COMP_POINT} words=() piece blank head mode word summary i\n"
	"\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"\t\tblank=${rest%%[![:space:]]*}\n"
	"\t\trest=${rest#\"$blank\"}\n"
	"\t\tpiece=${COMP_WORDS[i]}\n"
	"\t\t((i < COMP_CWORD)) || piece=$rest\n"
	"\t\trest=${rest#\"$piece\"}\n"
	"\t\tif [[ -n $blank || $i -eq 0 ]]; then\n"
	"\t\t\twords+=(\"$piece\")\n"
	"\t\telse\n"
	"\t\t\twords[${#words[@]} - 1]+=$piece\n"
	"\t\tfi\n"
	"\tdone\n"
	"\t[[ $piece == [:=] ]] && piece=\n"
	"\thead=${words[${#words[@]} - 1]%\"$piece\"}\n"
	"\tCOMPREPLY=()\n"
	"\t{\n"
	"\t\tread -r mode\n"
	"\t\twhile IFS=$'\\t' read -r word summary; do\n"
	"\t\t\tprintf -v word %q \"${word#\"$head\"}\"\n"
	"\t\t\tCOMPREPLY+=(\"$word\")\n"
	"\t\tdone\n"
	"\t} < <(\"${words[0]}\" completion words -- \"${words[@]:1}\" 2>/dev/null)\n"
	"\tcase $mode in\n"
	"\tfiles) compopt -o default ;;\n"
	"\tcommands) mapfile -t COMPREPLY < <(compgen -c -- \"$piece\") ;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _inflight inflight\n";

static const char zsh_script[] =
	"#compdef inflight\n"
	"# Completes the words of inflight for zsh; made by `inflight completion zsh`.\n"
	"_inflight()\n"
	"{\n"
	"\tlocal -a lines names shown\n"
	"\tlocal line\n"
	"\tlines=(\"${(@f)$(\"${(Q)words[1]}\" completion words -- \"${(@Q)words[2,CURRENT-1]}\" "
	"\"${(Q)PREFIX}\" 2>/dev/null)}\")\n"
	"\tcase $lines[1] in\n"
	"\tfiles) _files ;;\n"
	"\tcommands) _command_names -e ;;\n"
	"\twords)\n"
	"\t\tfor line in \"${(@)lines[2,-1]}\"; do\n"
	"\t\t\tnames+=(\"${line%%$'\\t'*}\")\n"
	"\t\t\tshown+=(\"${line/$'\\t'/  }\")\n"
	"\t\tdone\n"
	"\t\tcompadd -l -d shown -a names\n"
	"\t\t;;\n"
	"\tesac\n"
	"}\n"
	"if [[ $funcstack[1] == _inflight ]]; then\n"
	"\t_inflight \"$@\"\n"
	"else\n"
	"\tcompdef _inflight inflight\n"
	"fi\n";

static const char fish_script[] =
	"# Completes the words of inflight for fish; made by `inflight completion fish`.\n"
	"function __inflight_complete\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l tool $words[1]\n"
	"\tset -e words[1]\n"
	"\tset -l word (commandline -ct)\n"
	"\tset -l lines ($tool completion words -- $words \"$word\" 2>/dev/null)\n"
	"\tswitch \"$lines[1]\"\n"
	"\tcase files\n"
	"\t\t__fish_complete_path \"$word\"\n"
	"\tcase commands\n"
	"\t\t__fish_complete_command\n"
	"\tcase words\n"
	"\t\tset -e lines[1]\n"
	"\t\tprintf '%s\\n' $lines\n"
	"\tend\n"
	"end\n"
	"complete -c inflight -f -a '(__inflight_complete)'\n";

/* The shell's question; where it cannot be answered nobody wants to read why. */
static int
answer(const struct arguments *args)
{
	if (freopen("/dev/null", "w", stderr) == NULL)
		return STATUS_USAGE;
	complete_words(
		stdout, args->operand_count - 1, (char *const *)(uintptr_t)(args->operands + 1));
	return show_end();
}

int
run_completion(const struct common *common, const struct arguments *args)
{
	const char *shell = arguments_text(args, "SHELL");

	(void)common;
	if (strcmp(shell, "words") == 0)
		return answer(args);
	if (strcmp(shell, "bash") == 0)
		fputs(bash_script, stdout);
	else if (strcmp(shell, "zsh") == 0)
		fputs(zsh_script, stdout);
	else
		fputs(fish_script, stdout);
	return show_end();
}
