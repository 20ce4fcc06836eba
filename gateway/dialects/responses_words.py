"""The protocol's own words in OpenAI Responses bodies: schema, so nobody screens them.

Read off the types of the official `openai` package (3.54); a test holds the two together.
"""

from __future__ import annotations

KEYS = frozenset(
    """
    access_programs acknowledged_safety_checks action actions allowed_callers
    allowed_domains allowed_tools always annotation annotation_index annotations
    approval_request_id approve arguments async attributes authorization background
    background_options button bytes cache_missed_tokens cache_write_tokens
    cache_write_tokens_details cached_image_tokens cached_text_tokens cached_tokens
    cached_tokens_details call_id caller caller_id categories category_applied_input_types
    category_scores city code command command_index commands compact_threshold
    comparison_response_id comparison_reusable_tokens completed_at completion_window
    complexity connector_id container container_id content content_index context
    context_compression context_management continuation_id conversation country created_at
    created_by cyber data defer_loading definition delta description detail
    detailed_explanation diff display_height display_width domain domain_secrets effort
    embedding_weight encrypted_content end_index env environment error error_type execution
    exit_code external_web_access file_data file_id file_ids file_url filename filters
    fingerprint flagged format frame_count frame_duration_ms generate_summary headers
    hybrid_search id image image_gen image_tokens image_url include include_obfuscation
    incomplete_details index input input_fidelity input_image_mask input_schema input_tokens
    input_tokens_details input_transformations instructions item item_id key keys logprob
    logprobs logs max_num_results max_output_length max_output_tokens max_tool_calls
    media_type memory_limit message metadata misalignment mode model moderation
    moderation_details moderation_stage name namespace network_policy never num_requests
    obfuscation object operation outcome output output_compression output_format
    output_index output_schema output_tokens output_tokens_details outputs
    parallel_tool_calls param parameters part partial_image_b64 partial_image_index
    partial_images path pattern pending_safety_checks phase policy previous_response_id
    prewarm prompt prompt_cache_breakpoint prompt_cache_diagnostics prompt_cache_key
    prompt_cache_options prompt_cache_retention quality queries query ranker ranking_options
    read_only reason reasoning reasoning_tokens refusal region require_approval response
    result results review_target revised_prompt role safety_identifier schema score
    score_threshold scroll_x scroll_y search_content_types search_context_size
    sequence_number server_description server_label server_url service_tier size skill_id
    skills source sources start_index status stderr stdout steer store stream stream_options
    strict summary summary_index svg svg_usage syntax temperature text text_tokens
    text_weight timeout_ms timezone title token tool_choice tool_names tool_usage tools
    top_logprobs top_p total_tokens truncation ttl ttl_12h_tokens ttl_30m_tokens tunnel_id
    type url usage user user_location value variables vector_store_ids verbosity version
    web_search working_directory x y
    """.split()
)

_WORDS = {
    "action": """
        auto edit generate removed
    """,
    "allowed_callers": """
        direct programmatic
    """,
    "background": """
        auto opaque transparent
    """,
    "button": """
        back forward left right wheel
    """,
    "category_applied_input_types": """
        image text
    """,
    "code": """
        bio_policy data_residency_mismatch empty_image_file failed_to_download_image
        image_content_policy_violation image_file_not_found image_file_too_large
        image_parse_error image_too_large image_too_small invalid_base64_image
        invalid_image invalid_image_format invalid_image_mode invalid_image_url
        invalid_prompt misalignment_policy_violation rate_limit_exceeded server_error
        unsupported_image_media_type vector_store_timeout
    """,
    "completion_window": """
        2h 8h soonest
    """,
    "complexity": """
        high low medium
    """,
    "connector_id": """
        connector_dropbox connector_gmail connector_googlecalendar connector_googledrive
        connector_microsoftteams connector_outlookcalendar connector_outlookemail
        connector_sharepoint
    """,
    "context": """
        all_turns auto current_turn
    """,
    "context_compression": """
        auto disabled enabled
    """,
    "cyber": """
        daybreak_blue daybreak_red standard
    """,
    "detail": """
        auto high low original
    """,
    "effort": """
        high low max medium minimal none xhigh
    """,
    "environment": """
        browser linux mac ubuntu windows
    """,
    "error_type": """
        other potentially_unintended_data_access potentially_unintended_data_transfer
        potentially_unintended_destructive_activity
    """,
    "execution": """
        client server
    """,
    "generate_summary": """
        auto concise detailed
    """,
    "include": """
        code_interpreter_call.outputs computer_call_output.output.image_url
        file_search_call.results message.input_image.image_url
        message.output_text.logprobs reasoning.encrypted_content
        web_search_call.action.sources web_search_call.results
    """,
    "input_fidelity": """
        high low
    """,
    "media_type": """
        application/zip
    """,
    "memory_limit": """
        16g 1g 4g 64g
    """,
    "mode": """
        auto block explicit implicit pro required score standard
    """,
    "model": """
        chatgpt-4o-latest chatgpt-image-latest codex-mini-latest computer-use-preview
        computer-use-preview-2025-03-11 gpt-3.5-turbo gpt-3.5-turbo-0125
        gpt-3.5-turbo-0301 gpt-3.5-turbo-0613 gpt-3.5-turbo-1106 gpt-3.5-turbo-16k
        gpt-3.5-turbo-16k-0613 gpt-4 gpt-4-0125-preview gpt-4-0314 gpt-4-0613
        gpt-4-1106-preview gpt-4-32k gpt-4-32k-0314 gpt-4-32k-0613 gpt-4-turbo
        gpt-4-turbo-2024-04-09 gpt-4-turbo-preview gpt-4-vision-preview gpt-4.1
        gpt-4.1-2025-04-14 gpt-4.1-mini gpt-4.1-mini-2025-04-14 gpt-4.1-nano
        gpt-4.1-nano-2025-04-14 gpt-4o gpt-4o-2024-05-13 gpt-4o-2024-08-06
        gpt-4o-2024-11-20 gpt-4o-audio-preview gpt-4o-audio-preview-2024-10-01
        gpt-4o-audio-preview-2024-12-17 gpt-4o-audio-preview-2025-06-03 gpt-4o-mini
        gpt-4o-mini-2024-07-18 gpt-4o-mini-audio-preview
        gpt-4o-mini-audio-preview-2024-12-17 gpt-4o-mini-search-preview
        gpt-4o-mini-search-preview-2025-03-11 gpt-4o-search-preview
        gpt-4o-search-preview-2025-03-11 gpt-5 gpt-5-2025-08-07 gpt-5-chat-latest
        gpt-5-codex gpt-5-mini gpt-5-mini-2025-08-07 gpt-5-nano gpt-5-nano-2025-08-07
        gpt-5-pro gpt-5-pro-2025-10-06 gpt-5.1 gpt-5.1-2025-11-13 gpt-5.1-chat-latest
        gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-mini gpt-5.2 gpt-5.2-2025-12-11
        gpt-5.2-chat-latest gpt-5.2-pro gpt-5.2-pro-2025-12-11 gpt-5.3-chat-latest
        gpt-5.4 gpt-5.4-mini gpt-5.4-mini-2026-03-17 gpt-5.4-nano
        gpt-5.4-nano-2026-03-17 gpt-5.5 gpt-5.5-2026-04-23 gpt-5.5-pro
        gpt-5.5-pro-2026-04-23 gpt-5.6-cyber gpt-5.6-luna gpt-5.6-sol gpt-5.6-terra
        gpt-6-astra gpt-6-cyber gpt-6-luna gpt-6-rosalind gpt-6-sol gpt-6.1-sol
        gpt-6.1-terra gpt-6.2-astra gpt-6.2-astra-law gpt-6.2-sol gpt-audio-mini
        gpt-audio-mini-2025-12-15 gpt-daybreak-blue-latest gpt-daybreak-red-latest
        gpt-image-1 gpt-image-1-mini gpt-image-1.5 gpt-image-2 gpt-image-2-2026-04-21
        gpt-image-2.5-flare gpt-image-2.5-flare-2026-09-08 gpt-image-2.5-sunburst
        gpt-image-2.5-sunburst-2026-09-08 gpt-image-2.6-flare gpt-image-2.6-sunburst
        gpt-rosalind-research o1 o1-2024-12-17 o1-mini o1-mini-2024-09-12 o1-preview
        o1-preview-2024-09-12 o1-pro o1-pro-2025-03-19 o3 o3-2025-04-16 o3-deep-research
        o3-deep-research-2025-06-26 o3-mini o3-mini-2025-01-31 o3-pro o3-pro-2025-06-10
        o4-mini o4-mini-2025-04-16 o4-mini-deep-research
        o4-mini-deep-research-2025-06-26
    """,
    "moderation": """
        auto low
    """,
    "moderation_stage": """
        input output unknown
    """,
    "object": """
        response
    """,
    "output_format": """
        gif jpeg png svg webp
    """,
    "phase": """
        commentary final_answer
    """,
    "prompt_cache_retention": """
        24h in_memory
    """,
    "quality": """
        auto high low max medium xhigh
    """,
    "ranker": """
        auto default-2024-11-15
    """,
    "reason": """
        content_filter context_compacted end_user_mismatch input_changed max_messages
        max_output_tokens model_changed model_mismatch organization_mismatch
        prefix_mismatch prompt_cache_key_changed reasoning_effort_changed
        service_tier_changed steered text_format_changed tools_changed turn_boundary
        verbosity_changed
    """,
    "require_approval": """
        always never
    """,
    "role": """
        assistant critic developer discriminator system tool unknown user
    """,
    "search_content_types": """
        image text
    """,
    "search_context_size": """
        high low medium
    """,
    "service_tier": """
        auto default fast flex priority scale ultrafast
    """,
    "size": """
        1024x1024 1024x1536 1536x1024 auto
    """,
    "status": """
        calling cancelled completed failed generating in_progress incomplete
        interpreting queued searching
    """,
    "summary": """
        auto concise detailed
    """,
    "syntax": """
        lark regex
    """,
    "tool_choice": """
        auto none required
    """,
    "truncation": """
        auto disabled
    """,
    "ttl": """
        12h 30m
    """,
    "type": """
        additional_tools allowed_tools allowlist and apply_patch apply_patch_call
        apply_patch_call_output approximate auto base64 cache_hit cache_miss click
        code_interpreter code_interpreter_call compaction compaction_trigger
        comparison_response_not_found computer computer_call computer_call_output
        computer_screenshot computer_use computer_use_preview configuration_update
        container_auto container_file_citation container_reference create_file custom
        custom_tool_call custom_tool_call_output delete_file direct disabled
        double_click drag eq error exec exit file_citation file_path file_search
        file_search_call find_in_page function function_call function_call_output
        grammar gt gte http_error image image_generation image_generation_call in inline
        input_file input_image input_text item_reference json_object json_schema
        keypress local local_shell local_shell_call local_shell_call_output logs lt lte
        mcp mcp_approval_request mcp_approval_response mcp_call mcp_list_tools
        mcp_protocol_error mcp_tool_execution_error message moderation_result move
        namespace ne nin open_page or output_text program program_output
        programmatic_tool_calling reasoning reasoning_text refusal response.audio.delta
        response.audio.done response.audio.transcript.delta
        response.audio.transcript.done response.code_interpreter_call.completed
        response.code_interpreter_call.in_progress
        response.code_interpreter_call.interpreting
        response.code_interpreter_call_code.delta
        response.code_interpreter_call_code.done response.compaction.compacting
        response.completed response.content_part.added response.content_part.done
        response.created response.custom_tool_call_input.delta
        response.custom_tool_call_input.done response.failed
        response.file_search_call.completed response.file_search_call.in_progress
        response.file_search_call.searching response.function_call_arguments.delta
        response.function_call_arguments.done response.image_generation_call.completed
        response.image_generation_call.generating
        response.image_generation_call.in_progress
        response.image_generation_call.partial_image response.in_progress
        response.incomplete response.mcp_call.completed response.mcp_call.failed
        response.mcp_call.in_progress response.mcp_call_arguments.delta
        response.mcp_call_arguments.done response.mcp_list_tools.completed
        response.mcp_list_tools.failed response.mcp_list_tools.in_progress
        response.output_item.added response.output_item.done
        response.output_text.annotation.added response.output_text.delta
        response.output_text.done response.queued response.reasoning_summary_part.added
        response.reasoning_summary_part.done response.reasoning_summary_text.delta
        response.reasoning_summary_text.done response.reasoning_text.delta
        response.reasoning_text.done response.refusal.delta response.refusal.done
        response.shell_call_command.added response.shell_call_command.delta
        response.shell_call_command.done response.shell_call_output_content.delta
        response.shell_call_output_content.done response.web_search_call.completed
        response.web_search_call.in_progress response.web_search_call.searching
        screenshot scroll search shell shell_call shell_call_output skill_reference
        summary_text text timeout tool_search tool_search_call tool_search_output type
        unavailable update_file url url_citation wait web_search web_search_2025_08_26
        web_search_call web_search_preview web_search_preview_2025_03_11
    """,
    "verbosity": """
        high low medium
    """,
}
VALUES = frozenset((key, word) for key, words in _WORDS.items() for word in words.split())
"""(key, value) pairs that are grammar rather than speech."""
